/** The machines' identities and rights. */
import { MACHINES_AND_CHANGES } from "../kinds.ts";
import { type Check, type Finding, on, type Resource, type Rule } from "../rule.ts";

/** @see https://cloud.google.com/iam/docs/service-account-types#default */
const DEFAULT_ACCOUNT =
  /^(?:default|\d+-compute@developer\.gserviceaccount\.com|.+@appspot\.gserviceaccount\.com)$/;

const OWN_ACCOUNT = "Give it its own service account, with only the roles that it needs";

const noDefaultAccount: Rule = {
  name: "no-default-service-account",
  description: "No machine runs as a default service account, which may change the whole project.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/access/service-accounts#default_service_account",
  checks: [
    on(MACHINES_AND_CHANGES, ({ serviceAccount }) => {
      if (serviceAccount === undefined) return [];
      const { email } = serviceAccount;
      const where = "serviceAccount.email";
      if (email === undefined)
        return [{ where, what: "where it is not set, it is the default account", remedy: OWN_ACCOUNT }];
      return DEFAULT_ACCOUNT.test(email)
        ? [{ where, what: `${email} is a default account`, remedy: OWN_ACCOUNT }]
        : [];
    }),
  ],
};

/** gcloud's alias, or the address. */
const scopeName = (scope: string): string => scope.replace("https://www.googleapis.com/auth/", "");

const CLOUD_PLATFORM = "cloud-platform";

/** @see https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam */
const NARROW_SCOPES = new Set([
  "devstorage.read_only",
  "logging.write",
  "logging-write",
  "monitoring",
  "monitoring.write",
  "monitoring-write",
  "service-control",
  "service-management",
  "service.management.readonly",
  "servicecontrol",
  "storage-ro",
  "trace",
  "trace.append",
]);

const narrowScopes: Rule = {
  name: "narrow-scopes",
  description:
    "A machine's scopes are narrow; cloud-platform, which Secret Manager needs, only with its own service account.",
  of: "inputs",
  url: "https://cloud.google.com/secret-manager/docs/accessing-the-api",
  checks: [
    on(MACHINES_AND_CHANGES, ({ serviceAccount }) =>
      (serviceAccount?.scopes ?? []).map(scopeName).flatMap((scope, index): Finding[] => {
        const where = `serviceAccount.scopes[${index}]`;
        if (NARROW_SCOPES.has(scope)) return [];
        if (scope !== CLOUD_PLATFORM)
          return [
            {
              where,
              what: `${scope} is broad`,
              remedy: "Remove it: use cloud-platform with its own service account, whose rights IAM controls",
            },
          ];
        const email = serviceAccount?.email;
        return email !== undefined && !DEFAULT_ACCOUNT.test(email)
          ? []
          : [
              {
                where,
                what: "with a default account, cloud-platform gives rights on the whole project",
                remedy: OWN_ACCOUNT,
              },
            ];
      }),
    ),
  ],
};

/** Resources that grant roles, of whatever service: their names end alike, and so do their properties. */
const GRANTS = /^gcp:.*(?:IAM|Iam)(?:Member|Binding|Policy)$/;

interface Grant {
  readonly role?: string;
  readonly member?: string;
  readonly members?: readonly string[];
  readonly policyData?: string;
}

interface Granted {
  readonly where: string;
  readonly role: string;
  readonly members: readonly string[];
}

/** A policy's text; one that is no JSON grants nothing, since Google refuses it. */
function bindingsIn(policyData: string): readonly Partial<Granted>[] {
  try {
    return (JSON.parse(policyData) as { bindings?: readonly Partial<Granted>[] }).bindings ?? [];
  } catch {
    return [];
  }
}

/** What a resource grants, `policyData` unpacked. */
function grants(resource: Resource): Granted[] {
  if (!GRANTS.test(resource.type)) return [];
  const { role, member, members, policyData } = resource.props as Grant;
  if (role !== undefined)
    return [{ where: "", role, members: [...(member === undefined ? [] : [member]), ...(members ?? [])] }];
  if (policyData === undefined) return [];
  return bindingsIn(policyData).map(({ role = "", members = [] }, index) => ({
    where: `policyData.bindings[${index}].`,
    role,
    members,
  }));
}

/** @see https://cloud.google.com/iam/docs/roles-overview#basic */
const PRIMITIVE = /^roles\/(?:owner|editor|viewer|admin|writer|reader)$/;

const noPrimitiveRoles: Rule = {
  name: "no-primitive-roles",
  description: "No account has the role owner, editor or viewer: they include thousands of permissions.",
  of: "inputs",
  url: "https://cloud.google.com/iam/docs/roles-overview#basic",
  checks: [
    (resource) =>
      grants(resource).flatMap(({ where, role }) =>
        PRIMITIVE.test(role)
          ? [
              {
                where: `${where}role`,
                what: `${role} is a basic role`,
                remedy: "Grant a predefined role with the needed permissions, on the resource only",
              },
            ]
          : [],
      ),
  ],
};

const PUBLIC = new Set(["allUsers", "allAuthenticatedUsers"]);

/** A member of its own, in a list or in a policy. */
const publicMembers: Check = (resource) =>
  grants(resource).flatMap(({ where, role, members }) =>
    members
      .filter((member) => PUBLIC.has(member))
      .map((member) => ({
        where: `${where}members`,
        what: `${member} gives ${role} to every user on the Internet`,
        remedy: "Name the service account, group or federated identity that needs it",
      })),
  );

const noPublicMembers: Rule = {
  name: "no-public-members",
  description: "Nothing is granted to allUsers or allAuthenticatedUsers.",
  of: "inputs",
  url: "https://cloud.google.com/iam/docs/principals-overview#all-users",
  checks: [publicMembers],
};

const noAccountKeys: Rule = {
  name: "no-service-account-keys",
  description: "No service account has a key, because keys can be copied.",
  of: "inputs",
  url: "https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys",
  checks: [
    ({ type }) =>
      type === "gcp:serviceaccount/key:Key"
        ? [
            {
              where: "serviceAccountId",
              what: "a key of a service account does not expire, and its holder has all rights of the account",
              remedy: "Attach the account to the machine, or let jobs log in by workload identity federation",
            },
          ]
        : [],
  ],
};

export const identityRules: readonly Rule[] = [
  noDefaultAccount,
  narrowScopes,
  noPrimitiveRoles,
  noPublicMembers,
  noAccountKeys,
];
