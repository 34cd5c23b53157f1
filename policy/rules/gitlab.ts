/** Runners, variables and files in GitLab. */
import { type Finding, on, type Rule } from "../rule.ts";

const RUNNER = ["gitlab:index/userRunner:UserRunner"] as const;
const VARIABLES = [
  "gitlab:index/groupVariable:GroupVariable",
  "gitlab:index/projectVariable:ProjectVariable",
] as const;

const taggedJobs: Rule = {
  name: "tagged-jobs-only",
  description: "A runner takes only jobs with one of its tags: tags separate the trust levels.",
  of: "inputs",
  url: "https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run",
  checks: [
    on(RUNNER, ({ untagged, tagLists = [] }): Finding[] => [
      ...(untagged === true
        ? [
            {
              where: "untagged",
              what: "the runner takes every job without tags, of any trust level",
              remedy: "Set it to false",
            },
          ]
        : []),
      ...(tagLists.length === 0
        ? [{ where: "tagLists", what: "the runner has no tag", remedy: "Give it the tags of its fleet" }]
        : []),
    ]),
  ],
};

const lockedRunners: Rule = {
  name: "locked-runners",
  description: "A project's runner is locked to the project: it cannot be enabled for another one.",
  of: "inputs",
  url: "https://docs.gitlab.com/ci/runners/runners_scope/#prevent-a-project-runner-from-being-enabled-for-other-projects",
  checks: [
    on(RUNNER, ({ runnerType, locked }) =>
      runnerType === "project_type" && locked !== true
        ? [
            {
              where: "locked",
              what: "a Maintainer of another project can enable the runner there",
              remedy: "Set it to true: locked of the fleet",
            },
          ]
        : [],
    ),
  ],
};

/** Names that credentials have; the name of a file that holds one has them too. */
const CREDENTIAL =
  /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|AUTH_CONFIG|PRIVATE_KEY|API_KEY|ACCESS_KEY|(?<!PUBLIC_)KEY)(?:$|_(?:FILE|JSON|BASE64)$)/i;

const maskedVariables: Rule = {
  name: "masked-variables",
  description: "Variables that hold credentials are masked in job logs.",
  of: "inputs",
  url: "https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable",
  checks: [
    on(VARIABLES, ({ key = "", masked, hidden, variableType }) => {
      // GitLab masks no value of several lines, which a file usually has.
      const isFile = variableType === "file";
      return CREDENTIAL.test(key) && masked !== true && hidden !== true && !isFile
        ? [{ where: "masked", what: `${key} is shown in job logs`, remedy: "Set masked, or hidden, to true" }]
        : [];
    }),
  ],
};

/** Credentials that release: their holder can sign, or change backups. */
const RELEASE = /^(?:COSIGN|BACKUP|SIGN(?:ING)?|RELEASE|DEPLOY)_/i;

const protectedOnly = (key: string): Finding => ({
  where: "protected",
  what: `jobs of every branch can read ${key}`,
  remedy: "Set it to true: only protected branches and tags get it",
});

const protectedVariables: Rule = {
  name: "protected-variables",
  description: "Credentials for signatures, releases and backups reach protected branches and tags only.",
  of: "inputs",
  url: "https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable",
  checks: [
    on(VARIABLES, ({ key = "", variableType, protected: isProtected }) =>
      CREDENTIAL.test(key) && isProtected !== true && (RELEASE.test(key) || variableType === "file")
        ? [protectedOnly(key)]
        : [],
    ),
  ],
};

const allProtected: Rule = {
  name: "all-credentials-protected",
  description:
    "Every credential reaches protected branches and tags only. Leave this off if unprotected branches need a registry's credentials.",
  level: "advisory",
  of: "inputs",
  url: "https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable",
  checks: [
    on(VARIABLES, ({ key = "", protected: isProtected }) =>
      CREDENTIAL.test(key) && isProtected !== true ? [protectedOnly(key)] : [],
    ),
  ],
};

/** A pipeline's `privileged`, and images of Docker-in-Docker. */
const PRIVILEGE = /^\s*privileged:\s*true\b|\bdocker:[\w.-]*dind\b/m;

const noPrivilege: Rule = {
  name: "no-privileged-pipelines",
  description: "No committed pipeline uses a privileged container or Docker-in-Docker.",
  of: "inputs",
  url: "https://docs.gitlab.com/runner/executors/docker/#use-docker-in-docker-with-privileged-mode",
  checks: [
    on(["gitlab:index/repositoryFile:RepositoryFile"], ({ filePath = "", content = "" }) =>
      /\.ya?ml$/.test(filePath) && PRIVILEGE.test(content)
        ? [
            {
              where: "content",
              what: `${filePath} asks for a privileged container, which controls the machine that it runs on`,
              remedy: "Build on the host's rootless daemon: the runner's socket class gives jobs its socket",
            },
          ]
        : [],
    ),
  ],
};

export const gitlabRules: readonly Rule[] = [
  taggedJobs,
  lockedRunners,
  maskedVariables,
  protectedVariables,
  allProtected,
  noPrivilege,
];
