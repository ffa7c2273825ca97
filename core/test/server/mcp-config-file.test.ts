import { expect } from 'chai';
import { serversIn } from '../../src/server/mcp-config-file.js';

const toml = `
model = "some-model"

[mcp_servers.files]
command = "npx"
args = ["-y", "a-server", "\${HOME_OF_NOTES}"]
env = { TOKEN = "secret-1" }
cwd = "/srv"
tool_timeout_sec = 90
disabled_tools = ["erase"]

[mcp_servers."my tracker"]
url = "https://tracker.example/mcp"
bearer_token_env_var = "TRACKER_TOKEN"
http_headers = { X-Team = "blue" }
env_http_headers = { X-Key = "TRACKER_KEY", X-Gone = "NOT_SET" }
enabled = false
`;
const env = { HOME_OF_NOTES: '/notes', TRACKER_TOKEN: 'secret-2', TRACKER_KEY: 'secret-3' };

describe("MCP servers in another program's file", () => {
  it('are read from TOML', () => {
    expect(serversIn(toml, '/x/config.toml', env)).to.deep.equal([
      {
        name: 'files',
        settings: { timeout_ms: 90_000, hidden_tools: ['erase'] },
        transport: 'stdio',
        command: 'npx',
        args: ['-y', 'a-server', '/notes'],
        working_directory: '/srv',
        env: { TOKEN: 'secret-1' },
      },
      {
        name: 'my-tracker',
        is_enabled: false,
        transport: 'http',
        url: 'https://tracker.example/mcp',
        headers: { 'X-Team': 'blue', 'X-Key': 'secret-3', Authorization: 'Bearer secret-2' },
      },
    ]);
  });

  it('are read from JSON with comments', () => {
    const text = '{\n  // mine\n  "mcpServers": { "a": { "type": "sse", "url": "http://a" } }\n}';
    expect(serversIn(text, '/x/mcp.json', env)).to.deep.equal([
      { name: 'a', transport: 'sse', url: 'http://a', headers: {} },
    ]);
  });

  it('are told by the line that cannot be read, never by what stands there', () => {
    const broken = '[mcp_servers.a]\nenv = { TOKEN = "secret-9 }';
    expect(() => serversIn(broken, '/x/config.toml', env))
      .to.throw(/config\.toml is no TOML: see line \d/)
      .and.not.match(/secret-9/);
    expect(() => serversIn('model = "m"', '/x/config.toml', env)).to.throw(/mcp_servers/);
  });
});
