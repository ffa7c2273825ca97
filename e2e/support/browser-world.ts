import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { maestro } from './command.js';
import { dropHome, MaestroProcess, makeHome } from './maestro-process.js';

export type Script = { replies: object[][]; pauseMs?: number };

/** The running product and a real browser in front of it; the rehearsal plays scripts on cue. */
export class BrowserWorld {
  pages: Page[] = [];
  /** What must never happen: dialogs, refused content, requests to elsewhere, errors of the page. */
  readonly incidents: string[] = [];

  private constructor(
    readonly home: string,
    readonly work: string,
    readonly scripts: string,
    public server: MaestroProcess,
    readonly browser: Browser,
    readonly context: BrowserContext,
  ) {}

  /**
   * @param plugins more lines of the configuration, below `plugins`
   * @param nodeArgs flags of the server's node
   */
  static async open(
    scripts: Record<string, Script> = {},
    viewport = { width: 1440, height: 900 },
    plugins = '',
    nodeArgs: string[] = [],
  ): Promise<BrowserWorld> {
    const work = await mkdtemp(path.join(tmpdir(), 'maestro-browser-'));
    const folder = path.join(work, 'scripts');
    const project = path.join(work, 'project');
    await mkdir(folder);
    await mkdir(project);
    await writeFile(path.join(project, 'README.md'), '# A project to try things in\n');
    for (const [name, script] of Object.entries(scripts))
      await writeFile(path.join(folder, `${name}.json`), JSON.stringify(script));
    const home = await makeHome(
      `plugins:\n  "@maestro/provider-rehearsal": { pauseMs: 1, scripts: ${folder} }\n${plugins}`,
    );
    const browser = await launchChromium();
    const server = await MaestroProcess.start({ home, nodeArgs });
    const context = await browser.newContext({ viewport });
    // Whoever uses this browser has been led through the first steps; the suite of the shell does without.
    await context.addInitScript("localStorage.setItem('maestro.set-up', 'done')");
    return new BrowserWorld(home, project, folder, server, browser, context);
  }

  /** Signs in as a person does: by the file that `maestro open --print` names. */
  async signIn(): Promise<Page> {
    const page = await this.tab();
    const opened = await maestro(['open', '--print'], { home: this.home });
    const file = opened.stdout
      .split('\n')
      .find((line) => line.trim().endsWith('.html'))
      ?.trim();
    if (opened.code !== 0 || !file)
      throw new Error(`maestro open --print: ${opened.code}\n${opened.stdout}${opened.stderr}`);
    await page.goto(`file://${file}`);
    await page.waitForURL(`${this.server.url}/**`);
    await page.getByTestId('nav').waitFor();
    return page;
  }

  /** A new tab of the same browser, watched for incidents. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    this.pages.push(page);
    page.on('dialog', async (dialog) => {
      this.incidents.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('pageerror', (error) => this.incidents.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text()))
        this.incidents.push(`refused content: ${message.text()}`);
    });
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(this.server.url) || /^(file|data|blob):/.test(request.url());
      if (!isOurs) this.incidents.push(`request to elsewhere: ${request.url()}`);
    });
    return page;
  }

  session(model: string, name = 'Tester'): Promise<Session> {
    const body = { agent_name: name, provider: 'rehearsal', model, working_directory: this.work };
    return this.server.must<Session>('POST', '/sessions', body);
  }

  say(session: Session, text: string): Promise<{ message_id: string }> {
    return this.server.must('POST', `/sessions/${session.session_id}/messages`, {
      client_key: randomUUID(),
      text,
    });
  }

  /** Lets a held script go on. */
  release(name: string): Promise<void> {
    return writeFile(path.join(this.scripts, name), '');
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await dropHome(this.home);
    await rm(path.dirname(this.work), { recursive: true, force: true });
  }
}
