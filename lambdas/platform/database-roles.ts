/** The database role of each kind of function; sql/migrations/0011_access.sql makes them and says what each may reach. */
export const databaseRoles = {
  ingest: 'onevault_ingest',
  loader: 'onevault_loader',
  reader: 'onevault_reader',
  maintenance: 'onevault_maintenance',
} as const;
export type DatabaseRole = (typeof databaseRoles)[keyof typeof databaseRoles];
