import { Readable } from 'node:stream';
import { ExportQuery, WorkingFilesQuery } from '../../protocol/api.js';
import { Bytes, type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';
import { exportName, sessionExport } from '../session-export.js';
import { WorkingFiles } from '../working-files.js';

const FILES = 12;

/** The files a session works on, and the session as a file. */
export function sessionFileRoutes({ sessions, messages, catalogue }: ServerServices): Route[] {
  const files = new WorkingFiles();
  return [
    route({
      method: 'GET',
      path: '/sessions/:id/files',
      summary:
        'Files and directories below the working directory for a few letters, best first, without what .gitignore leaves out',
      query: WorkingFilesQuery,
      handle: async ({ params, query: { q = '', limit = FILES } }) =>
        files.find((await sessions.get(params.id!)).working_directory, q, limit),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/export',
      summary: 'A session and its current conversation as a file: JSON, or Markdown for people',
      query: ExportQuery,
      handle: async ({ params, query: { format = 'json' } }) => {
        const session = catalogue.fill(await sessions.get(params.id!));
        return new Bytes(Readable.from(sessionExport(session, messages, format)), exportName(session, format));
      },
    }),
  ];
}
