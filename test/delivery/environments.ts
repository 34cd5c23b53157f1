/** Three environments, as a team has them; prod by hand. */
import { type DeliveryConfig, parseDelivery } from "../../delivery/config.ts";

const TEXT = `
backend: gs://acme-pulumi-state
image: registry.example.com/mirror/pulumi-nodejs:3.270.0
tags: [buildx-protected]
google:
  workloadIdentityProvider: projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab
  serviceAccount: runners@acme-infra.iam.gserviceaccount.com
  previewServiceAccount: runners-preview@acme-infra.iam.gserviceaccount.com
environments:
  - { stack: dev, tier: development }
  - { stack: staging, tier: staging }
  - { stack: prod, tier: production, manual: true }
`;

export const threeEnvironments: DeliveryConfig = parseDelivery(TEXT, () => true);

/** Without what is optional. */
export const oneEnvironment: DeliveryConfig = parseDelivery(
  "backend: file:///srv/state\nenvironments: [{ stack: dev, tier: development }]\n",
  () => true,
);
