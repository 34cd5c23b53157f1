/** Cases of rules/secrets.ts and rules/labels.ts. */
import {
  ACCESS_TOKEN,
  a,
  type Cases,
  FILE,
  FIREWALL,
  GROUP,
  INSTANCE,
  PRIVATE_KEY,
  plain,
  RUNNER,
  RUNNER_TOKEN,
  TEMPLATE,
  VARIABLE,
} from "./subject.ts";

const VERSION = "gcp:secretmanager/secretVersion:SecretVersion";

const secrets: Cases = {
  refuses: [
    { resource: a("gcp:secretmanager/secret:Secret", { secretId: "tokens" }), where: "replication" },
    {
      resource: a("gcp:secretmanager/secret:Secret", { replication: { userManaged: { replicas: [] } } }),
      where: "replication",
    },
    { resource: a(VERSION, { secretData: RUNNER_TOKEN }), where: "secretData" },
  ],
  passes: [
    { resource: a("gcp:secretmanager/secret:Secret", { replication: { auto: {} } }) },
    {
      resource: a("gcp:secretmanager/secret:Secret", {
        replication: { userManaged: { replicas: [{ location: "europe-west1" }] } },
      }),
    },
    { resource: a(VERSION, { secretData: RUNNER_TOKEN }, ["secretData"]) },
    { resource: a(VERSION, { secretDataWo: RUNNER_TOKEN }) },
  ],
};

const tokens: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { metadata: { "startup-script": `register --token ${RUNNER_TOKEN}` } }),
      where: "metadata.startup-script",
    },
    { resource: a(INSTANCE, { metadataStartupScript: PRIVATE_KEY }), where: "metadataStartupScript" },
    { resource: a(TEMPLATE, { labels: { token: ACCESS_TOKEN } }), where: "labels.token" },
    { resource: a(TEMPLATE, { labels: { [ACCESS_TOKEN]: "" } }), where: "labels" },
    {
      resource: a(GROUP, { allInstancesConfig: { metadata: { note: `AKIA${"X".repeat(16)}` } } }),
      where: "allInstancesConfig.metadata.note",
    },
    { resource: a(FILE, { content: `a: ${ACCESS_TOKEN}\n` }), where: "content" },
    { resource: a(RUNNER, { maintenanceNote: RUNNER_TOKEN }), where: "maintenanceNote" },
    {
      resource: plain("command:remote:Command", { create: `register ${RUNNER_TOKEN}`, stdin: "" }),
      where: "create",
    },
    {
      resource: plain("gcp:storage/bucketObject:BucketObject", {
        content: `{"private_key_id": "${"0".repeat(40)}"}`,
      }),
      where: "content",
    },
  ],
  passes: [
    // The pattern in a script is no token.
    { resource: a(TEMPLATE, { metadata: { "startup-script": "grep -q 'glrt-' config.toml" } }) },
    { resource: a(VERSION, { secretData: RUNNER_TOKEN }) },
    { resource: a(VARIABLE, { key: "TOKEN", value: ACCESS_TOKEN }) },
    {
      resource: plain("command:remote:Command", {
        create: "register.sh",
        stdin: `linux\t${RUNNER_TOKEN}\n`,
        connection: { privateKey: PRIVATE_KEY },
      }),
    },
  ],
};

const outputs: Cases = {
  refuses: [
    { resource: plain("pulumi:pulumi:Stack", { token: RUNNER_TOKEN }), where: "token" },
    {
      resource: plain("buildx-runners:runner:Fleet", { tokens: { linux: [RUNNER_TOKEN] } }),
      where: "tokens.linux[0]",
    },
  ],
  passes: [
    { resource: plain("pulumi:pulumi:Stack", { runners: { "dev/linux/open/socket": "42" } }) },
    { resource: plain(RUNNER, { token: RUNNER_TOKEN, description: "linux" }) },
    { resource: plain("pulumi:providers:gitlab", { token: ACCESS_TOKEN }) },
    { resource: plain(VERSION, { secretData: RUNNER_TOKEN }) },
  ],
};

const LABELS = { "managed-by": "buildx-runners", stack: "dev", fleet: "linux" };

const labels: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { labels: { "managed-by": "buildx-runners", stack: "dev" } }),
      where: "labels.fleet",
    },
    { resource: a(INSTANCE, { labels: { ...LABELS, stack: "" } }), where: "labels.stack" },
    {
      resource: a("gcp:secretmanager/secret:Secret", { labels: LABELS }),
      where: "labels.cost-centre",
      config: { required: ["managed-by", "cost-centre"] },
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { labels: { ...LABELS, team: "shop" } }) },
    { resource: a("gcp:secretmanager/secret:Secret", { labels: LABELS }) },
    // Has none.
    { resource: a(FIREWALL, {}) },
    { resource: a(TEMPLATE, { labels: { team: "shop" } }), config: { required: ["team"] } },
  ],
};

export const secretsCases: Readonly<Record<string, Cases>> = {
  "protected-secrets": secrets,
  "no-token-in-text": tokens,
  "no-token-in-outputs": outputs,
  labels,
};
