import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Answers to the machines of one cloud alone although it lies in public space: it hands out credentials. */
const cloudServices = new Set(['168.63.129.16']);

/** Addresses of IPv4 as networks with IPv6 alone write them. */
const translated = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an IP address belongs to the public internet: not to this machine, its networks, a cloud's services for its
 * machines, nor to ranges that are reserved or lead to IPv4 by another road. What is no address is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // Takes an IPv4 address out of `::ffff:0:0/96`, which is dialled as IPv4.
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv6 && address.match(translated)) return isPublicAddress(embedded(address));
  if (address.range() !== 'unicast' || cloudServices.has(address.toString())) return false;
  // The rest of IPv6 is not given out.
  if (address instanceof ipaddr.IPv6 && (address.parts[0]! & 0xe000) !== 0x2000) return false;
  return !isOfThisMachine(address.toString());
}

function embedded({ parts }: ipaddr.IPv6): string {
  return parts
    .slice(-2)
    .flatMap((part) => [part >> 8, part & 0xff])
    .join('.');
}

/** What listens here may trust who comes from here, whatever the address. */
function isOfThisMachine(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some((each) => ipaddr.isValid(each.address) && ipaddr.process(each.address).toString() === address);
}
