import { readFileSync, writeFileSync } from 'node:fs';
import { clientTypesFile, makeClientTypes } from './client-types.ts';
import { costDocuments, fillCostDocument } from './cost/document.ts';

// What is made of something else and kept in the repository: types of the API's description, the bills of the cost model.
writeFileSync(clientTypesFile, await makeClientTypes());
for (const file of costDocuments) writeFileSync(file, fillCostDocument(readFileSync(file, 'utf8')));
