/** Cases of rules/identity.ts. */
import {
  a,
  type Cases,
  CLOUD_PLATFORM,
  DEFAULT,
  GLOBAL_TEMPLATE,
  INSTANCE,
  OWN,
  POLICY,
  PROJECT_MEMBER,
  plain,
  SECRET_MEMBER,
  TEMPLATE,
} from "./subject.ts";

const account: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { serviceAccount: { email: DEFAULT, scopes: [] } }),
      where: "serviceAccount.email",
    },
    { resource: a(INSTANCE, { serviceAccount: { scopes: [] } }), where: "serviceAccount.email" },
    {
      resource: a(GLOBAL_TEMPLATE, {
        serviceAccount: { email: "acme-ci@appspot.gserviceaccount.com", scopes: [] },
      }),
      where: "serviceAccount.email",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { serviceAccount: { email: OWN, scopes: [CLOUD_PLATFORM] } }) },
    // A worker has no service account.
    { resource: a(TEMPLATE, {}) },
  ],
};

const scopes: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { serviceAccount: { email: DEFAULT, scopes: [CLOUD_PLATFORM] } }),
      where: "serviceAccount.scopes[0]",
    },
    {
      resource: a(INSTANCE, { serviceAccount: { scopes: ["logging-write", "cloud-platform"] } }),
      where: "serviceAccount.scopes[1]",
    },
    {
      resource: a(TEMPLATE, {
        serviceAccount: { email: OWN, scopes: ["https://www.googleapis.com/auth/compute"] },
      }),
      where: "serviceAccount.scopes[0]",
    },
    {
      resource: a(INSTANCE, { serviceAccount: { email: OWN, scopes: ["storage-full"] } }),
      where: "serviceAccount.scopes[0]",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { serviceAccount: { email: OWN, scopes: [CLOUD_PLATFORM] } }) },
    {
      resource: a(INSTANCE, {
        serviceAccount: {
          email: OWN,
          scopes: ["https://www.googleapis.com/auth/logging.write", "monitoring-write"],
        },
      }),
    },
  ],
};

const binding = (role: string, ...members: string[]) => ({
  policyData: JSON.stringify({ bindings: [{ role: "roles/logging.logWriter" }, { role, members }] }),
});

const roles: Cases = {
  refuses: [
    {
      resource: plain(PROJECT_MEMBER, { role: "roles/editor", member: `serviceAccount:${OWN}` }),
      where: "role",
    },
    {
      resource: plain("gcp:projects/iAMBinding:IAMBinding", { role: "roles/owner", members: [] }),
      where: "role",
    },
    {
      resource: plain(POLICY, binding("roles/viewer", "user:a@example.com")),
      where: "policyData.bindings[1].role",
    },
  ],
  passes: [
    {
      resource: plain(SECRET_MEMBER, {
        role: "roles/secretmanager.secretAccessor",
        member: `serviceAccount:${OWN}`,
      }),
    },
    { resource: plain(PROJECT_MEMBER, { role: "roles/compute.viewer", member: `serviceAccount:${OWN}` }) },
    { resource: plain(POLICY, binding("roles/storage.objectViewer", "user:a@example.com")) },
    { resource: plain(POLICY, { policyData: "no JSON" }) },
    // Not a grant, whatever its properties are called.
    { resource: plain("gcp:compute/network:Network", { role: "roles/owner" }) },
  ],
};

const members: Cases = {
  refuses: [
    {
      resource: plain(SECRET_MEMBER, { role: "roles/secretmanager.secretAccessor", member: "allUsers" }),
      where: "members",
    },
    {
      resource: plain("gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding", {
        role: "roles/artifactregistry.reader",
        members: ["user:a@example.com", "allAuthenticatedUsers"],
      }),
      where: "members",
    },
    {
      resource: plain(POLICY, binding("roles/storage.objectViewer", "allUsers")),
      where: "policyData.bindings[1].members",
    },
  ],
  passes: [
    {
      resource: plain(SECRET_MEMBER, {
        role: "roles/secretmanager.secretAccessor",
        member: `serviceAccount:${OWN}`,
      }),
    },
    {
      resource: plain("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", {
        role: "roles/artifactregistry.writer",
        member: "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
      }),
    },
  ],
};

const accountKeys: Cases = {
  refuses: [{ resource: plain("gcp:serviceaccount/key:Key", {}), where: "serviceAccountId" }],
  passes: [{ resource: plain("gcp:serviceaccount/account:Account", { accountId: "linux" }) }],
};

export const identityCases: Readonly<Record<string, Cases>> = {
  "no-default-service-account": account,
  "narrow-scopes": scopes,
  "no-primitive-roles": roles,
  "no-public-members": members,
  "no-service-account-keys": accountKeys,
};
