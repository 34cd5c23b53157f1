/** This repository's own pipeline, made from delivery.yaml: preview, note, update, drift. */
import type { Environment, HiddenName, Job, JobParts, Pipeline, Rule, Step } from "../pipeline/model.ts";
import { tidySettings } from "../pipeline/shared.ts";
import { scriptAt } from "../pipeline/shell.ts";
import { affectingFiles } from "./affects.ts";
import type { DeliveryConfig, EnvironmentConfig } from "./config.ts";
import { FINDINGS, findingsOf } from "./findings.ts";

/** In the order in which they run. */
const STAGES = ["check", "preview", "note", "up", "drift"] as const;

type StageName = (typeof STAGES)[number];

type JobName = "check" | "note" | `preview-${string}` | `up-${string}` | `drift-${string}`;

type OwnJob = Job<StageName, JobName>;

/** A pipeline of this repository. */
export type DeliveryPipeline = Pipeline<StageName, JobName>;

const HEADER = [
  "The pipeline of this repository's stacks. npm run render:self generates it from delivery.yaml: do not edit it.",
  "",
  "It needs these CI/CD variables, masked and protected, each scoped to <stack> and preview/<stack> where it differs:",
  "  DELIVERY_TOKEN            a project access token (role Developer, scope api): notes, artifacts, issues",
  "  GITLAB_TOKEN              the stack's own, unless gitlab:token stands in its file",
  "  PULUMI_CONFIG_PASSPHRASE  decrypts the stack's secrets, unless a cloud key does (secretsprovider)",
  "",
  "Jobs get them on the default branch, which must be protected, and in merge requests between protected branches",
  "if the project allows it (Settings > CI/CD > Variables). Other merge requests, including forks', get no secret:",
  "its preview compares the generated files and says so.",
  "",
  "A pipeline schedule of the default branch checks for drift, and so does a pipeline that is started there by hand with",
  "OPERATION=drift. One with APPROVED=<fingerprint> runs the update that stopped with this fingerprint. Only users with",
  "the project's minimum role for pipeline variables can set them (Settings > CI/CD > Variables > Minimum role).",
];

const MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"';
const DEFAULT_BRANCH = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
// A schedule needs no variable for it: by default, projects allow no user to set one.
const DRIFT = '$CI_PIPELINE_SOURCE == "schedule" || $OPERATION == "drift"';
const NO_DRIFT = '$CI_PIPELINE_SOURCE != "schedule" && $OPERATION != "drift"';

const own = (name: string): string => scriptAt(new URL(`scripts/${name}.sh`, import.meta.url));

/** What every job starts with. */
const BASE = ".delivery";
/** What every job that speaks with GitLab asks for first. */
const TOKEN = ".token";
/** What every job with a stack's secrets starts with. */
const STACK = ".stack";

const startOf = (name: HiddenName): Step => ({ reference: [name, "before_script"] });

const baseJob = ({ image, tags }: DeliveryConfig): JobParts<JobName> => ({
  comment: "npm verifies what comes from its cache against the lock file.",
  image,
  tags,
  cache: { key: { files: ["package-lock.json"] }, paths: [".npm/"] },
  before_script: [{ run: own("install") }],
  retry: { max: 2, when: ["runner_system_failure", "scheduler_failure"] },
});

const tokenJob = (): JobParts<JobName> => ({
  comment: "Fails early without the delivery's token.",
  before_script: [{ run: own("require-token") }],
});

function stackJob({ google }: DeliveryConfig): JobParts<JobName> {
  const secrets: Step = { run: own("require-secrets") };
  if (google === undefined)
    return {
      comment: "Fails early without the stack's secrets.",
      extends: [BASE],
      before_script: [secrets, startOf(BASE)],
    };
  return {
    comment: "Fails early without the stack's secrets. Google's provider should require ref_protected.",
    extends: [BASE],
    id_tokens: { GOOGLE_ID_TOKEN: { aud: `https://iam.googleapis.com/${google.workloadIdentityProvider}` } },
    before_script: [secrets, startOf(BASE), { run: own("google-credentials") }],
    after_script: [{ run: 'rm -rf "$GOOGLE_DIRECTORY"' }],
  };
}

const npm = (command: string): Step => ({ run: `npm run ${command}` });

const check = ({ environments }: DeliveryConfig): OwnJob => ({
  comment: "Checks types, style and this file, and renders every stack.",
  stage: "check",
  extends: [BASE],
  rules: [{ if: NO_DRIFT }],
  script: [
    npm("check:types"),
    npm("check:style"),
    npm("render:self -- --check"),
    ...environments.map(({ stack }) => npm(`render -- --stack ${stack} --out rendered/${stack}`)),
  ],
  interruptible: true,
});

/** Variables of a job that only looks, and of one that changes something. */
function variablesOf({ google }: DeliveryConfig, stack: string, rights: "look" | "change") {
  if (google === undefined) return { STACK: stack };
  const { serviceAccount, previewServiceAccount = serviceAccount } = google;
  return {
    STACK: stack,
    GOOGLE_SERVICE_ACCOUNT: rights === "look" ? previewServiceAccount : serviceAccount,
  };
}

/**
 * Variables of this environment may be weaker than those of the stack's own. GitLab would guess its tier from its name,
 * and rules for production's tier are not meant for those who only look.
 */
const lookedAt = (stack: string): Environment => ({
  name: `preview/${stack}`,
  action: "access",
  deployment_tier: "other",
});

function preview(config: DeliveryConfig, { stack }: EnvironmentConfig): OwnJob {
  const { record, directory, counts } = findingsOf(FINDINGS, stack);
  return {
    comment: `Shows what the merge request would change in ${stack}.`,
    stage: "preview",
    extends: [STACK],
    rules: [{ if: MERGE_REQUEST, changes: affectingFiles(stack) }],
    needs: [],
    environment: lookedAt(stack),
    // The commit that the branches parted at is rendered as well, and its age is unknown.
    variables: { ...variablesOf(config, stack, "look"), GIT_DEPTH: "0" },
    script: [npm(`delivery -- preview --stack ${stack} --out ${FINDINGS}`)],
    artifacts: {
      paths: [record, `${directory}/`],
      reports: { terraform: counts },
      access: "developer",
      when: "always",
      // A merge request may be open for long, and its update asks what was reviewed.
      expire_in: "90 days",
    },
    interruptible: true,
  };
}

const note = ({ environments }: DeliveryConfig): OwnJob => ({
  comment: "Writes one note in the merge request, whether previews succeeded, failed, or were not needed.",
  stage: "note",
  extends: [BASE],
  rules: [{ if: `${MERGE_REQUEST} && $CI_COMMIT_REF_PROTECTED == "true"`, when: "always" }],
  needs: environments.map(({ stack }) => ({ job: `preview-${stack}`, artifacts: true, optional: true })),
  before_script: [startOf(TOKEN), startOf(BASE)],
  script: [npm(`delivery -- note --in ${FINDINGS}`)],
  interruptible: true,
});

function up(config: DeliveryConfig, { stack, tier, manual }: EnvironmentConfig, after: JobName): OwnJob {
  const rule: Rule = { if: `${DEFAULT_BRANCH} && ${NO_DRIFT}` };
  return {
    comment: [
      `Updates ${stack} if its changes are those of the merge request's preview; otherwise fails before it changes anything.`,
      "It runs after every push, so that the next one repeats a failed update; without changes it is short.",
    ].join("\n"),
    stage: "up",
    extends: [STACK],
    rules: [manual ? { ...rule, when: "manual" } : rule],
    needs: [{ job: after }],
    environment: { name: stack, deployment_tier: tier },
    variables: variablesOf(config, stack, "change"),
    before_script: [startOf(TOKEN), startOf(STACK)],
    script: [npm(`delivery -- up --stack ${stack}`)],
    resource_group: stack,
    timeout: "2 hours",
  };
}

const drift = (config: DeliveryConfig, { stack }: EnvironmentConfig): OwnJob => ({
  comment: `Compares ${stack} with its real resources; an issue reports drift, and is closed when the drift is gone.`,
  stage: "drift",
  extends: [STACK],
  rules: [{ if: `${DEFAULT_BRANCH} && (${DRIFT})` }],
  needs: [],
  environment: lookedAt(stack),
  variables: variablesOf(config, stack, "look"),
  before_script: [startOf(TOKEN), startOf(STACK)],
  script: [npm(`delivery -- drift --stack ${stack}`)],
  // An update under way would look like drift.
  resource_group: stack,
});

/** Updates, each after the one before. */
function updates(config: DeliveryConfig): Record<string, OwnJob> {
  const { environments } = config;
  return Object.fromEntries(
    environments.map((environment, index) => {
      const before = environments[index - 1];
      const after: JobName = before === undefined ? "check" : `up-${before.stack}`;
      return [`up-${environment.stack}`, up(config, environment, after)];
    }),
  );
}

function workflow(): DeliveryPipeline["workflow"] {
  return {
    auto_cancel: { on_new_commit: "interruptible" },
    rules: [
      { if: MERGE_REQUEST },
      { if: '$CI_PIPELINE_SOURCE == "schedule" && $OPERATION && $OPERATION != "drift"', when: "never" },
      // What is merged is applied, one after the other.
      { if: DEFAULT_BRANCH, auto_cancel: { on_new_commit: "none" } },
    ],
  };
}

function variables({ backend, google }: DeliveryConfig): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: backend,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NPM_CONFIG_CACHE: "$CI_PROJECT_DIR/.npm",
    ...(google === undefined
      ? {}
      : { GOOGLE_PROVIDER: google.workloadIdentityProvider, GOOGLE_DIRECTORY: "/tmp/google-$CI_JOB_ID" }),
  };
}

/**
 * @example
 * deliveryPipeline(readDelivery("."));
 */
export function deliveryPipeline(config: DeliveryConfig): DeliveryPipeline {
  const { environments } = config;
  const each = (prefix: "preview" | "drift", job: typeof preview) =>
    Object.fromEntries(environments.map((one) => [`${prefix}-${one.stack}`, job(config, one)]));
  return tidySettings({
    header: HEADER,
    stages: STAGES,
    workflow: workflow(),
    variables: variables(config),
    // Set in the project; OPERATION is set when a pipeline is started by hand.
    projectVariables: ["DELIVERY_TOKEN", "GITLAB_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "OPERATION"],
    hidden: { [BASE]: baseJob(config), [TOKEN]: tokenJob(), [STACK]: stackJob(config) },
    jobs: {
      check: check(config),
      ...each("preview", preview),
      note: note(config),
      ...updates(config),
      ...each("drift", drift),
    },
  });
}
