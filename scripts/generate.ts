import { writeFileSync } from 'node:fs';
import { clientTypesFile, makeClientTypes } from './client-types.ts';

/** Writes what is generated from the API's description and kept in the repository. */
writeFileSync(clientTypesFile, await makeClientTypes());
