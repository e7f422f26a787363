import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEnvironment } from '../../lambdas/platform/environment.ts';
import { createPool } from '../../lambdas/platform/postgres.ts';
import { selfSigned } from './self-signed.ts';

/** What a Postgres client sends before anything else when it wants TLS; `S` is the yes. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A server that agrees to TLS as Postgres does, with the certificate, and counts who finished the handshake. */
let server: Server;
let port: number;
let handshakes = 0;
const folder = mkdtempSync(join(tmpdir(), 'onevault-tls-'));

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      if (!first.equals(SSL_REQUEST)) return void socket.destroy();
      socket.write('S');
      const secured = new TLSSocket(socket, {
        isServer: true,
        cert: selfSigned.certificate,
        key: selfSigned.key,
      });
      secured.on('error', () => undefined);
      secured.once('data', () => {
        handshakes += 1;
        secured.destroy();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  port = address.port;
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  handshakes = 0;
});

async function connect(trusted?: string, way: Record<string, string> = {}): Promise<unknown> {
  const file = join(folder, 'authorities.pem');
  if (trusted !== undefined) writeFileSync(file, trusted);
  const pool = createPool(
    readEnvironment({
      DB_HOST: 'localhost',
      DB_PORT: String(port),
      DB_USER: 'onevault_ingest',
      ...way,
      ...(trusted !== undefined && { DB_CA_FILE: file }),
    }),
  );
  return pool.query('SELECT 1').then(
    () => null,
    (error: unknown) => error,
  );
}

describe('8 a connection to the cluster', () => {
  it('is refused by us where nobody we trust signed the certificate, before anything is sent', async () => {
    expect(await connect()).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(handshakes).toBe(0);
  });

  it('goes on where the authorities of DB_CA_FILE signed it', async () => {
    // This server is no Postgres: it hangs up once the login has come over TLS.
    expect(await connect(selfSigned.certificate)).not.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(handshakes).toBe(1);
  });

  it('through a tunnel holds the certificate against the cluster’s name, not the tunnel’s', async () => {
    const tunnel = { DB_PORT: '5432', DB_TUNNEL: `127.0.0.1:${port}` };
    await connect(selfSigned.certificate, tunnel);
    expect(handshakes).toBe(1);
    const other = await connect(selfSigned.certificate, { ...tunnel, DB_HOST: 'cluster.example.com' });
    expect(other).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(handshakes).toBe(1);
  });
});
