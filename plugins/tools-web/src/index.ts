import { definePlugin, Processes } from '@maestro/core';
import { Type } from 'typebox';
import { directWebFetch } from './direct-web-fetch.js';
import { googleWebSearch } from './google-web-search.js';
import { PageReader } from './page-reader.js';
import { Web } from './web.js';
import { webFetch } from './web-fetch.js';

const config = Type.Object(
  {
    allowHosts: Type.Array(Type.String({ pattern: '^[^\\s/@]{1,253}$' }), {
      default: [],
      maxItems: 100,
      description: 'Hosts that may be anywhere, such as a development server: `localhost:5173`, or without a port.',
    }),
    timeoutSeconds: Type.Integer({ default: 30, minimum: 1, maximum: 120, description: 'What one page may take.' }),
    searchWith: Type.Optional(
      Type.Object(
        { provider: Type.String({ minLength: 1 }), model: Type.String({ minLength: 1 }) },
        { additionalProperties: false, description: 'Searches where the provider of a session does not.' },
      ),
    ),
  },
  { additionalProperties: false },
);

export default definePlugin({
  name: '@maestro/tools-web',
  config,
  activate(ctx, { allowHosts, timeoutSeconds, searchWith }) {
    const web = new Web(new Set(allowHosts.map((host) => host.toLowerCase())));
    ctx.own(() => web.close());
    const parts = { web, reader: new PageReader(() => ctx.resolve(Processes)), seconds: timeoutSeconds };
    ctx.tools.add(webFetch(parts));
    ctx.tools.add(directWebFetch(parts));
    ctx.tools.add(googleWebSearch(searchWith));
  },
});
