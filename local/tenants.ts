import * as z from 'zod';
import type { DataDirectory } from './data-directory.ts';
import { type Tenant, tenantShape } from './stack-file.ts';

const tenantsFile = 'tenants.json';
const embedded = 'embedded';

/**
 * The tokens of the demo tenant. They exist in clear only when they are issued, so the data directory keeps them,
 * together with the database that knows them.
 */
export class TenantStore {
  readonly #data: DataDirectory;
  readonly #database: string;

  /** @param externalUrl the user's own database, where that takes the place of the embedded one. */
  constructor(data: DataDirectory, externalUrl: string | undefined) {
    this.#data = data;
    this.#database = externalUrl === undefined ? embedded : withoutLogin(externalUrl);
  }

  /** The kept tenants, or undefined when the database needs new tokens. */
  read(): Tenant[] | undefined {
    const kept = this.#data.read(
      tenantsFile,
      z.object({ database: z.string(), tenants: z.array(tenantShape) }),
    );
    return kept?.database === this.#database ? kept.tenants : undefined;
  }

  write(tenants: Tenant[]): void {
    this.#data.write(tenantsFile, { database: this.#database, tenants });
  }

  /** For a database that starts over. */
  forget(): void {
    this.#data.remove(tenantsFile);
  }
}

function withoutLogin(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
