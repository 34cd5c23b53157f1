/** The schema of registries: where images are pushed, mirrored to, and where job images are pulled from. */
import { z } from "zod";
import { line, repositoryPrefix, secret } from "./fields.ts";
import { PLACEHOLDER, Secret } from "./secret.ts";

/**
 * What GitLab masks of a variable that it does not expand, and this stack's variables are such ones: eight characters
 * or more, none of them white space. A value is 10,000 characters at most.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 * @see https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/concerns/ci/maskable.rb
 */
export const MASKABLE = /^\S{8,10000}$/;

/** A secret that becomes a masked variable. One that is not decrypted yet passes. */
export const maskableSecret = secret.superRefine((value, context) => {
  const text = value.reveal();
  if (text !== PLACEHOLDER && !MASKABLE.test(text))
    context.addIssue({
      code: "custom",
      message: "a secret that GitLab can mask: one line, 8 to 10,000 characters, without white space",
    });
});

const user = line.regex(/^[^\s:$]+$/, "a user name without spaces, ':' or '$'");

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** @see https://cloud.google.com/artifact-registry/docs/docker/names */
const googleImage = z
  .string()
  .regex(
    new RegExp(`^[a-z]+(?:-[a-z]+[0-9]+)?-docker\\.pkg\\.dev(?:/${component}){2,}$`),
    "a repository of Artifact Registry: europe-west1-docker.pkg.dev/project/repository, with or without more behind it",
  );

/** @see https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers */
export const workloadIdentityProvider = z
  .string()
  .regex(
    /^projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    "the full name of a provider, with the project's number: projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab",
  );

/** @see https://cloud.google.com/iam/docs/service-account-types */
export const serviceAccount = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{4,62}@[a-z0-9][a-z0-9.-]*\.gserviceaccount\.com$/,
    "the address of a service account: builder@project.iam.gserviceaccount.com",
  );

const ECR_HOST =
  /^[0-9]{12}\.(?:dkr\.ecr(?:-fips)?\.([a-z]{2,3}(?:-[a-z]+)+-[0-9]+)\.amazonaws\.com(?:\.cn)?|dkr-ecr(?:-fips)?\.([a-z]{2,3}(?:-[a-z]+)+-[0-9]+)\.on\.aws)$/;

/**
 * The region in an ECR registry's host name; undefined for any other host.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
 */
export function ecrRegion(image: string): string | undefined {
  const [, classic, dualStack] = ECR_HOST.exec(registryHost(image)) ?? [];
  return classic ?? dualStack;
}

const ecrImage = repositoryPrefix.refine(
  (image) => ecrRegion(image) !== undefined,
  "a repository of a private ECR registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
);

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
const role = z
  .string()
  .regex(
    /^arn:(?:aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role\/(?:[A-Za-z0-9_+=,.@-]+\/)*[A-Za-z0-9_+=,.@-]{1,64}$/,
    "the ARN of a role: arn:aws:iam::123456789012:role/builder",
  );

const partition = (region: string): string =>
  region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";

const deployToken = z.strictObject({
  gitlab: z
    .strictObject({
      deployToken: z
        .literal(true)
        .describe("Use the project's deploy token called gitlab-deploy-token instead of the job token."),
    })
    .describe("GitLab's own registry, with a deploy token."),
});

const artifactRegistry = z.strictObject({
  artifactRegistry: z
    .strictObject({
      image: googleImage.describe("Repository: europe-west1-docker.pkg.dev/project/repository."),
      workloadIdentityProvider: workloadIdentityProvider.describe(
        "Provider that trusts this GitLab: projects/123456789/locations/global/workloadIdentityPools/…/providers/…",
      ),
      serviceAccount: serviceAccount
        .optional()
        .describe(
          "Service account to impersonate, if the pool's identity has no rights itself; jobs then need the Docker socket.",
        ),
    })
    .describe(
      "Google's Artifact Registry, with workload identity federation: no key, and one hour at most for a build.",
    ),
});

const ecr = z.strictObject({
  ecr: z
    .strictObject({
      image: ecrImage.describe(
        "Registry and prefix; repositories below it, `<image>` and `<image>/cache`, must exist or be created on push.",
      ),
      role: role.describe("Role to assume with the job's ID token: arn:aws:iam::123456789012:role/builder."),
      audience: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,254}$/, "an audience, such as sts.amazonaws.com")
        .default("sts.amazonaws.com")
        .describe("Audience of the ID token, as the identity provider in AWS has it."),
    })
    .superRefine(({ image, role }, context) => {
      // Also asked when a key is missing or wrong, which has been said by then.
      const region = typeof image === "string" ? ecrRegion(image) : undefined;
      if (region === undefined || typeof role !== "string") return;
      const wanted = partition(region);
      if (!role.startsWith(`arn:${wanted}:`))
        context.addIssue({
          code: "custom",
          path: ["role"],
          message: `a role of the registry's own partition, arn:${wanted}:iam::…`,
        });
    })
    .describe("Amazon's ECR, with a role; jobs that log in need the Docker socket."),
});

const other = z.strictObject({
  image: repositoryPrefix.describe("Registry host and repository: registry.example.com/acme/shop."),
  user: user.describe("User that may push to it."),
  password: maskableSecret.describe("Password; stored as a masked, hidden CI/CD variable."),
});

const gitlab = z.literal("gitlab");

/** Where images are pushed. */
export const registrySchema = z
  .union(
    [gitlab, deployToken, artifactRegistry, ecr, other],
    [
      "'gitlab'",
      "{ gitlab: { deployToken: true } }",
      "{ artifactRegistry: { image: europe-west1-docker.pkg.dev/…, workloadIdentityProvider: projects/… } }",
      "{ ecr: { image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/…, role: arn:aws:iam::… } }",
      "or { image: registry.example.com/acme/shop, user: …, password: … }",
    ].join(", "),
  )
  .describe("A registry, and how jobs log in to it.");

export type RegistryConfig = z.output<typeof registrySchema>;
export type DeployTokenConfig = z.output<typeof deployToken>;
export type ArtifactRegistryConfig = z.output<typeof artifactRegistry>;
export type EcrConfig = z.output<typeof ecr>;
export type OtherRegistryConfig = z.output<typeof other>;

/** Registries that promoted digests are copied to. */
export const mirrorsSchema = z
  .array(registrySchema)
  .max(9)
  .default([])
  .describe("Registries that every promoted digest is copied to.");

/** The registry's host, with its port: what Docker keeps a login under. */
export const registryHost = (image: string): string => image.slice(0, image.indexOf("/"));

/** Prefix of the images' names; undefined for GitLab's own registry, whose name only GitLab knows. */
export function registryImage(registry: RegistryConfig): string | undefined {
  if (registry === "gitlab" || "gitlab" in registry) return undefined;
  if ("artifactRegistry" in registry) return registry.artifactRegistry.image;
  return "ecr" in registry ? registry.ecr.image : registry.image;
}

/** How a registry is logged in to, for comparison. */
function credentials(registry: RegistryConfig): string {
  if (registry === "gitlab") return "job";
  if ("gitlab" in registry) return "deploy";
  if ("artifactRegistry" in registry)
    return `${registry.artifactRegistry.workloadIdentityProvider} ${registry.artifactRegistry.serviceAccount ?? ""}`;
  if ("ecr" in registry) return `${registry.ecr.role} ${registry.ecr.audience}`;
  return `${registry.user} ${registry.password.reveal()}`;
}

/**
 * What is wrong between a registry and its mirrors: Docker keeps one login for each host, and an image is mirrored to
 * another place than its own.
 *
 * @returns the index in `mirrors`, and what would be allowed there.
 */
export function mirrorProblems(
  registry: RegistryConfig,
  mirrors: readonly RegistryConfig[],
): { readonly index: number; readonly message: string }[] {
  const all = [registry, ...mirrors];
  const place = (entry: RegistryConfig) => registryImage(entry) ?? "gitlab";
  return mirrors.flatMap((mirror, index) => {
    const before = all.slice(0, index + 1);
    if (before.some((entry) => place(entry) === place(mirror)))
      return [{ index, message: `a registry that is not in the list before, other than ${place(mirror)}` }];
    const host = registryHost(`${place(mirror)}/`);
    const clash = before.some(
      (entry) => registryHost(`${place(entry)}/`) === host && credentials(entry) !== credentials(mirror),
    );
    return clash
      ? [{ index, message: `the same login as elsewhere for ${host}: Docker keeps one per host` }]
      : [];
  });
}

const dockerAuthEntry = z.strictObject({
  registry: z
    .string()
    .regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/,
      "a registry's host, such as registry.example.com; Docker Hub is docker.io",
    )
    .describe("Registry's host; Docker Hub is docker.io."),
  user: user.describe("User that may pull from it."),
  password: secret.describe("Password of any characters: the variable holds it encoded."),
});

export type DockerAuthConfig = z.output<typeof dockerAuthEntry>;

/**
 * Docker's configuration with the logins that pull private job images. It has no white space, whatever the passwords
 * hold, and so GitLab can always mask it; what it masks is the whole value, not a part of it that a job prints.
 *
 * @see https://docs.gitlab.com/ci/docker/using_docker_images/#access-an-image-from-a-private-container-registry
 */
export function dockerAuthJson(
  entries: readonly { registry: string; user: string; password: Secret }[],
): string {
  const auths = entries.map(({ registry, user, password }) => [
    // The name that Docker itself keeps the Hub's login under.
    registry === "docker.io" ? "https://index.docker.io/v1/" : registry,
    { auth: Buffer.from(`${user}:${password.reveal()}`).toString("base64") },
  ]);
  return JSON.stringify({ auths: Object.fromEntries(auths) });
}

/** Logins for private images that jobs run in. */
export const dockerAuthSchema = z
  .array(dockerAuthEntry)
  .default([])
  .superRefine((entries, context) => {
    entries.forEach(({ registry }, index) => {
      if (entries.findIndex((entry) => entry.registry === registry) < index)
        context.addIssue({ code: "custom", path: [index, "registry"], message: "each registry once" });
    });
    // Entries with a mistake of their own have no password yet.
    if (!MASKABLE.test(dockerAuthJson(entries.filter(({ password }) => password instanceof Secret))))
      context.addIssue({
        code: "custom",
        message: "fewer logins: together they are longer than the 10,000 characters of a CI/CD variable",
      });
  })
  .describe(
    "Logins for private images that jobs run in; stored as the masked, hidden variable DOCKER_AUTH_CONFIG.",
  );
