import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Listens on this machine only (port 0: any free one), and resolves with the port. */
export async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}

/**
 * Resolves with the port when nothing listens there now (port 0: with one that is free).
 * @throws the error of listening, such as EADDRINUSE.
 */
export async function probePort(port: number): Promise<number> {
  const probe = createServer();
  try {
    return await listen(probe, port);
  } finally {
    probe.close();
  }
}

/** The preferred port while nothing else listens there, or any that is free. */
export function freePort(preferred = 0): Promise<number> {
  return probePort(preferred).catch(() => probePort(0));
}
