/**
 * Context by which `npm run deploy -- --at-once` leaves out a canary, apart from the constructs so that the command need not load
 * the CDK. A canary does not begin while its alarms ring, and what ends them has to be deployed.
 */
export const RELEASE = 'release';
export const AT_ONCE = 'atOnce';
