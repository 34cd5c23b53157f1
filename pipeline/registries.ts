/**
 * How jobs reach a registry: variables, ID tokens and the steps that log in. A registry's variables have its prefix:
 * `REGISTRY`, `REGISTRY_IMAGE`, … of the one that is built to, `MIRROR_1`, `MIRROR_1_IMAGE`, … of a mirror.
 */
import {
  type ArtifactRegistryConfig,
  type DockerAuthConfig,
  dockerAuthJson,
  type EcrConfig,
  ecrRegion,
  type OtherRegistryConfig,
  type RegistryConfig,
  registryHost,
} from "../config/registries.ts";
import { PLACEHOLDER, Secret } from "../config/secret.ts";
import type { IdToken, Step } from "./model.ts";
import { assignments, script } from "./shell.ts";

/** `REGISTRY` holds the host, and begins the names of the registry's other variables. */
export type RegistryPrefix = "REGISTRY" | `MIRROR_${number}`;

/** A variable that must be set in the target project. */
export interface ProjectVariable {
  readonly key: string;
  /** A secret is masked in logs, and hidden on the settings page. */
  readonly value: string | Secret;
  readonly description: string;
}

/** Images of the clients that speak a cloud's protocol, by version and digest. */
export interface CloudClients {
  /** Entry point `aws`. */
  readonly aws: string;
  /** Entry point `curl`. */
  readonly curl: string;
}

/** Login of tools whose images have no Docker CLI. */
export interface ToolLogIn {
  /** They need a POSIX shell and wget; they come after {@link logInSteps} of the client `file`. */
  readonly steps: readonly Step[];
  /**
   * Environment by which a tool asks the cloud for credentials itself; empty where the file in `DOCKER_CONFIG` says
   * all. Such tools must hold the cloud's SDK: trivy does, cosign with `--k8s-keychain`; oras, crane and skopeo do not.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/** Everything that jobs need to use one registry. */
export interface RegistryAccess {
  readonly kind: "gitlab" | "deployToken" | "artifactRegistry" | "ecr" | "other";
  readonly prefix: RegistryPrefix;
  /** Of the pipeline; none of them is secret. */
  readonly variables: Readonly<Record<string, string>>;
  readonly projectVariables: readonly ProjectVariable[];
  /** Of each job that logs in. */
  readonly idTokens: Readonly<Record<string, IdToken>>;
  /** Logs in, after {@link logInSteps}' head; see there. */
  readonly logIn: Step;
  /** The login starts a container: its jobs need the Docker socket. */
  readonly needsSocket: boolean;
  readonly tool: ToolLogIn;
}

/** The same script for another registry: its variables have another prefix. */
const prefixed = (name: string, prefix: RegistryPrefix): string =>
  script(name).replaceAll(/\bREGISTRY(?![A-Z])/g, prefix);

const DESCRIPTIONS = {
  "": "Registry that images are pushed to",
  _IMAGE: "Prefix of the images' names",
  _USER: "User of the registry",
  _PASSWORD: "Password of the registry",
} as const;

/**
 * @example
 * const access = registryAccess(project.registry, { prefix: "REGISTRY", clients });
 */
export function registryAccess(
  registry: RegistryConfig,
  options: { readonly prefix: RegistryPrefix; readonly clients: CloudClients },
): RegistryAccess {
  const { prefix, clients } = options;
  if (registry === "gitlab") return gitlab(prefix, "gitlab");
  if ("gitlab" in registry) return gitlab(prefix, "deployToken");
  if ("artifactRegistry" in registry) return artifactRegistry(registry.artifactRegistry, prefix, clients);
  return "ecr" in registry ? ecr(registry.ecr, prefix, clients) : other(registry, prefix);
}

/** Accesses to a registry and its mirrors, in this order. */
export const registryAccesses = (
  registry: RegistryConfig,
  mirrors: readonly RegistryConfig[],
  clients: CloudClients,
): readonly [RegistryAccess, ...RegistryAccess[]] => [
  registryAccess(registry, { prefix: "REGISTRY", clients }),
  ...mirrors.map((mirror, index) => registryAccess(mirror, { prefix: `MIRROR_${index + 1}`, clients })),
];

/**
 * The steps that log in to registries, one after another, into a `DOCKER_CONFIG` of this job alone.
 *
 * @param client `docker` where the job's image has the Docker CLI; `file` writes what it would write.
 */
export const logInSteps = (
  accesses: readonly RegistryAccess[],
  client: "docker" | "file" = "docker",
): readonly Step[] => [
  { run: script(client === "docker" ? "log-in-docker" : "log-in-file") },
  ...accesses.flatMap((access) => (client === "docker" ? [access.logIn] : access.tool.steps)),
];

/** A login that is the same everywhere: it needs neither a container nor a cloud's SDK. */
const everywhere = (logIn: Step): Pick<RegistryAccess, "logIn" | "needsSocket" | "tool"> => ({
  logIn,
  needsSocket: false,
  tool: { steps: [logIn], environment: {} },
});

/**
 * @see https://docs.gitlab.com/ci/variables/predefined_variables/
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token
 */
function gitlab(prefix: RegistryPrefix, kind: "gitlab" | "deployToken"): RegistryAccess {
  const login = kind === "gitlab" ? "CI_REGISTRY" : "CI_DEPLOY";
  return {
    kind,
    prefix,
    variables: {
      [prefix]: "$CI_REGISTRY",
      [`${prefix}_IMAGE`]: "$CI_REGISTRY_IMAGE",
      [`${prefix}_USER`]: `$${login}_USER`,
      [`${prefix}_PASSWORD`]: `$${login}_PASSWORD`,
    },
    projectVariables: [],
    idTokens: {},
    ...everywhere({
      comment: kind === "gitlab" ? "Log in with this job's token" : "Log in with the project's deploy token",
      run: prefixed(kind === "gitlab" ? "log-in-gitlab" : "log-in-deploy-token", prefix),
    }),
  };
}

function other(registry: OtherRegistryConfig, prefix: RegistryPrefix): RegistryAccess {
  const values = {
    "": registryHost(registry.image),
    _IMAGE: registry.image,
    _USER: registry.user,
    _PASSWORD: registry.password,
  };
  return {
    kind: "other",
    prefix,
    variables: {},
    projectVariables: (["", "_IMAGE", "_USER", "_PASSWORD"] as const).map((suffix) => ({
      key: `${prefix}${suffix}`,
      value: values[suffix],
      description: DESCRIPTIONS[suffix],
    })),
    idTokens: {},
    ...everywhere({
      comment: "Log in with the user and password in the project's variables",
      run: prefixed("log-in-password", prefix),
    }),
  };
}

/**
 * The ID token's audience is the provider's own name, which a provider without audiences of its own takes.
 *
 * @see https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
 * @see https://cloud.google.com/artifact-registry/docs/docker/authentication#token
 */
function artifactRegistry(
  registry: ArtifactRegistryConfig["artifactRegistry"],
  prefix: RegistryPrefix,
  clients: CloudClients,
): RegistryAccess {
  const { image, workloadIdentityProvider, serviceAccount } = registry;
  const token = prefixed("google-token", prefix);
  const account = assignments({ CURL_IMAGE: clients.curl }) + prefixed("google-account", prefix);
  const comment = "Log in with this job's identity, at Google";
  const direct = { comment, run: token + prefixed("log-in-google", prefix) };
  return {
    kind: "artifactRegistry",
    prefix,
    variables: {
      [prefix]: registryHost(image),
      [`${prefix}_IMAGE`]: image,
      [`${prefix}_PROVIDER`]: workloadIdentityProvider,
      ...(serviceAccount === undefined ? {} : { [`${prefix}_SERVICE_ACCOUNT`]: serviceAccount }),
    },
    projectVariables: [],
    idTokens: { [`${prefix}_ID_TOKEN`]: { aud: `https://iam.googleapis.com/${workloadIdentityProvider}` } },
    ...(serviceAccount === undefined
      ? everywhere(direct)
      : {
          logIn: { comment, run: token + account + prefixed("log-in-google", prefix) },
          needsSocket: true,
          tool: {
            steps: [{ comment: "This job's identity, for Google", run: prefixed("google-identity", prefix) }],
            environment: { GOOGLE_APPLICATION_CREDENTIALS: "$DOCKER_CONFIG/google.json" },
          },
        }),
  };
}

/**
 * @see https://docs.gitlab.com/ci/cloud_services/aws/
 * @see https://docs.aws.amazon.com/cli/latest/reference/ecr/get-login-password.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
function ecr(registry: EcrConfig["ecr"], prefix: RegistryPrefix, clients: CloudClients): RegistryAccess {
  const { image, role, audience } = registry;
  const region = ecrRegion(image) ?? "";
  return {
    kind: "ecr",
    prefix,
    variables: {
      [prefix]: registryHost(image),
      [`${prefix}_IMAGE`]: image,
      [`${prefix}_REGION`]: region,
      [`${prefix}_ROLE`]: role,
    },
    projectVariables: [],
    idTokens: { [`${prefix}_ID_TOKEN`]: { aud: audience } },
    logIn: {
      comment: "Log in with this job's identity, at AWS",
      run: assignments({ AWS_CLI_IMAGE: clients.aws }) + prefixed("log-in-aws", prefix),
    },
    needsSocket: true,
    tool: {
      steps: [{ comment: "This job's identity, for AWS", run: prefixed("aws-identity", prefix) }],
      environment: {
        AWS_REGION: region,
        AWS_ROLE_ARN: role,
        AWS_ROLE_SESSION_NAME: "gitlab-$CI_PROJECT_ID-$CI_JOB_ID",
        AWS_WEB_IDENTITY_TOKEN_FILE: "$DOCKER_CONFIG/aws-id-token",
      },
    },
  };
}

/**
 * The variable by which runners pull private job images, beside public ones; none where there are no logins.
 *
 * @see https://docs.gitlab.com/ci/docker/using_docker_images/#determine-your-docker_auth_config-data
 */
export function dockerAuthVariable(entries: readonly DockerAuthConfig[]): readonly ProjectVariable[] {
  if (entries.length === 0) return [];
  const sealed = entries.some(({ password }) => password.reveal() === PLACEHOLDER);
  return [
    {
      key: "DOCKER_AUTH_CONFIG",
      value: new Secret(sealed ? PLACEHOLDER : dockerAuthJson(entries)),
      description: "Logins for private images that jobs run in",
    },
  ];
}
