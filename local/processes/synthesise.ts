// Prints the template of an environment. In a process of its own, because the CDK takes a second of work and 200 MB.
import { synthesise } from '../../lib/synthesise.ts';

process.stdout.write(JSON.stringify(synthesise('dev')));
