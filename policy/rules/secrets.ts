/** Where secrets are kept, and where they must not be. */
import { on, type Resource, type Rule } from "../rule.ts";
import { credentialIn, known, type Text, textsIn } from "../text.ts";

const protectedSecrets: Rule = {
  name: "protected-secrets",
  description: "Secrets name their locations, and their values are encrypted in the stack's state.",
  of: "inputs",
  url: "https://cloud.google.com/secret-manager/docs/choosing-replication",
  checks: [
    on(["gcp:secretmanager/secret:Secret"], ({ replication }) => {
      const { auto, userManaged } = replication ?? {};
      return auto === undefined && (userManaged?.replicas ?? []).length === 0
        ? [
            {
              where: "replication",
              what: "the secret has no replication setting",
              remedy: "Set auto, or userManaged with the regions that may hold it",
            },
          ]
        : [];
    }),
    on(["gcp:secretmanager/secretVersion:SecretVersion"], ({ secretData }, { secretOutputs }) =>
      secretData !== undefined && !secretOutputs.includes("secretData")
        ? [
            {
              where: "secretData",
              what: "the value would be in the stack's state in plain text",
              remedy: "Set secretDataWo, or list secretData in additionalSecretOutputs",
            },
          ]
        : [],
    ),
  ],
};

/** Properties that credentials belong in: the value of a secret, and standard input, which no log and no list shows. */
const VAULTS: Readonly<Record<string, readonly string[]>> = {
  "gcp:secretmanager/secretVersion:SecretVersion": ["secretData", "secretDataWo"],
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": ["secretData"],
  "gitlab:index/projectVariable:ProjectVariable": ["value"],
  "gitlab:index/groupVariable:GroupVariable": ["value"],
  "command:remote:Command": ["stdin", "connection"],
  "command:local:Command": ["stdin", "environment"],
  "command:remote:CopyToRemote": ["connection"],
};

/** Texts of a resource, apart from properties that may hold credentials. */
const openTexts = ({ type, props }: Resource, vaults: typeof VAULTS): Text[] =>
  Object.keys(props)
    .filter((property) => !(vaults[type] ?? []).includes(property) && !property.startsWith("__"))
    .flatMap((property) =>
      textsIn(
        known(() => props[property]),
        property,
      ),
    );

const isOfCloudOrGitlab = ({ type }: Resource): boolean => /^(?:gcp|gitlab|command):/.test(type);

const noTokenInText: Rule = {
  name: "no-token-in-text",
  description:
    "No metadata, start-up script, label, file or command contains a credential: only secrets and masked variables do.",
  of: "inputs",
  url: "https://docs.gitlab.com/security/tokens/#token-prefixes",
  checks: [
    (resource) =>
      isOfCloudOrGitlab(resource)
        ? openTexts(resource, VAULTS).flatMap(({ where, text }) => {
            const credential = credentialIn(text);
            return credential === undefined
              ? []
              : [
                  {
                    where,
                    what: `it contains ${credential}, readable by everyone who can view the resource`,
                    remedy:
                      "Keep it in Secret Manager, or in a masked variable of GitLab, and revoke this one",
                  },
                ];
          })
        : [],
  ],
};

/** Outputs that are credentials by their nature: the providers keep them secret in the state. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  ...VAULTS,
  "gitlab:index/userRunner:UserRunner": ["token"],
  "gitlab:index/projectAccessToken:ProjectAccessToken": ["token"],
  "gitlab:index/groupAccessToken:GroupAccessToken": ["token"],
};

const noTokenInOutputs: Rule = {
  name: "no-token-in-outputs",
  description:
    "No credential is an output of the stack or of a component: `pulumi stack output` shows those.",
  of: "outputs",
  url: "https://docs.gitlab.com/security/tokens/#token-prefixes",
  checks: [
    (resource) =>
      // A provider is configured with credentials: that is what they are for.
      resource.type.startsWith("pulumi:providers:")
        ? []
        : openTexts(resource, GIVEN).flatMap(({ where, text }) => {
            const credential = credentialIn(text);
            return credential === undefined
              ? []
              : [
                  {
                    where,
                    what: `it is, or contains, ${credential}`,
                    remedy: "Output the name of the secret that holds it, and revoke this one",
                  },
                ];
          }),
  ],
};

export const secretRules: readonly Rule[] = [protectedSecrets, noTokenInText, noTokenInOutputs];
