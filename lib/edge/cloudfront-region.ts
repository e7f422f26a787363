/** Where CloudFront keeps its certificates and firewalls, whichever region the API is in: a fact of AWS, not a choice of ours. */
export const CLOUDFRONT_REGION = 'us-east-1';
