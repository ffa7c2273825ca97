import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { MaestroError } from '@maestro/core';
import { Agent, buildConnector } from 'undici';
import { isPublicAddress } from './public-address.js';

/** Of response headers together; pages need a fraction of it. */
const HEADER_BYTES = 32 * 1024;

/**
 * Connections to public addresses, and to the hosts that are allowed by name whatever their address. A name is
 * looked up once, and what came of it is checked and dialled: no second answer can lead elsewhere.
 *
 * @param allowed `host` or `host:port`, in lower case
 */
export function openConnections(allowed: ReadonlySet<string>): Agent {
  const timeout = 10_000;
  const anywhere = buildConnector({ timeout });
  // Handed on to the socket, of whatever kind it is.
  const guarded = buildConnector({ timeout, ...{ lookup: lookupPublic } });
  return new Agent({
    maxHeaderSize: HEADER_BYTES,
    keepAliveTimeout: 1_000,
    keepAliveMaxTimeout: 10_000,
    connect(wanted, done) {
      const host = wanted.hostname.replace(/^\[|\]$/g, '');
      if (allowed.has(host) || allowed.has(`${host}:${portOf(wanted)}`)) return anywhere(wanted, done);
      // No lookup is made for an address.
      if (isIP(host) !== 0 && !isPublicAddress(host)) return done(notPublic(host), null);
      guarded(wanted, (error, socket) => {
        if (error) return done(error, null);
        if (isDialledPublic(socket)) return done(null, socket);
        socket.destroy();
        done(notPublic(host), null);
      });
    },
  });
}

const portOf = ({ port, protocol }: buildConnector.Options) => port || (protocol === 'https:' ? '443' : '80');

const isDialledPublic = ({ remoteAddress }: Socket) => remoteAddress !== undefined && isPublicAddress(remoteAddress);

const lookupPublic: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error: Error | null, found: LookupAddress[]) => {
    if (error) return done(error, '', 0);
    const open = found.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (!first) return done(notPublic(hostname), '', 0);
    if (options.all) done(null, open);
    else done(null, first.address, first.family);
  });
};

const notPublic = (host: string) =>
  new MaestroError(
    'web.private',
    `${host} is not on the public internet, so it was not asked. A person can allow it: allowHosts of the plugin tools-web.`,
  );
