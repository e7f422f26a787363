// Prints the template that this machine runs. In a process of its own, because the CDK takes a second of work and 200 MB.
import { LOCAL_ENVIRONMENT } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';

process.stdout.write(JSON.stringify(synthesise(LOCAL_ENVIRONMENT)));
