import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  dockerAuthSchema,
  ecrRegion,
  mirrorProblems,
  mirrorsSchema,
  type RegistryConfig,
  registrySchema,
} from "../../config/registries.ts";
import { Secret } from "../../config/secret.ts";

const PROVIDER = "projects/123456789/locations/global/workloadIdentityPools/gitlab-pool/providers/gitlab";
const GOOGLE = "europe-west1-docker.pkg.dev/shop/images";
const ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop";
const ROLE = "arn:aws:iam::123456789012:role/ci/builder";

const google = (change: Record<string, unknown> = {}) => ({
  artifactRegistry: { image: GOOGLE, workloadIdentityProvider: PROVIDER, ...change },
});
const ecr = (change: Record<string, unknown> = {}) => ({ ecr: { image: ECR, role: ROLE, ...change } });
const other = (change: Record<string, unknown> = {}) => ({
  image: "registry.example.com/acme/shop",
  user: "ci",
  password: "hunter2 hunter2".replace(" ", "-"),
  ...change,
});

/** Everything that is said of a value, however deep in a union. */
function messages(schema: z.ZodType, value: unknown): string {
  const said = (issues: readonly z.core.$ZodIssue[]): string[] =>
    issues.flatMap((issue) => [
      issue.message,
      ...(issue.code === "invalid_union" ? issue.errors.flatMap((branch) => said(branch)) : []),
    ]);
  return said(schema.safeParse(value).error?.issues ?? []).join("\n");
}

describe("a registry", () => {
  test.each<[string, unknown]>([
    ["GitLab's", "gitlab"],
    ["GitLab's by deploy token", { gitlab: { deployToken: true } }],
    ["Artifact Registry", google()],
    [
      "Artifact Registry of a continent",
      google({ image: "europe-docker.pkg.dev/example.com/shop/images/team" }),
    ],
    ["Artifact Registry as an account", google({ serviceAccount: "builder@shop.iam.gserviceaccount.com" })],
    [
      "Artifact Registry as the default account",
      google({ serviceAccount: "123456789-compute@developer.gserviceaccount.com" }),
    ],
    ["ECR", ecr()],
    ["ECR by FIPS", ecr({ image: "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/shop" })],
    ["ECR by IPv6", ecr({ image: "123456789012.dkr-ecr.eu-west-1.on.aws/shop" })],
    [
      "ECR in China",
      ecr({
        image: "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop",
        role: ROLE.replace("aws", "aws-cn"),
      }),
    ],
    [
      "ECR of the government",
      ecr({
        image: "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/shop",
        role: ROLE.replace("aws", "aws-us-gov"),
      }),
    ],
    ["another", other()],
    [
      "another whose password GitLab masks since it does not expand it",
      other({ password: "pa$$,word'{}\"" }),
    ],
    ["another whose password is not decrypted", other({ password: { secure: "v1:abc" } })],
  ])("is %s", (_, value) => {
    expect(messages(registrySchema, value)).toBe("");
  });

  test.each<[string, unknown, RegExp]>([
    ["a word", "gitlap", /'gitlab', \{ gitlab: \{ deployToken: true \} \}, \{ artifactRegistry:/],
    ["a deploy token that is not asked for", { gitlab: { deployToken: false } }, /true/],
    ["two kinds at once", { ...google(), ...ecr() }, /or \{ image:/],
    ["another host", google({ image: "gcr.io/shop/images" }), /Artifact Registry: europe-west1-docker/],
    [
      "a host that ends alike",
      google({ image: "europe-docker.pkg.dev.example.com/shop/images" }),
      /Artifact Registry/,
    ],
    ["a project without a repository", google({ image: "europe-docker.pkg.dev/shop" }), /Artifact Registry/],
    [
      "a project by its name",
      google({ workloadIdentityProvider: PROVIDER.replace("123456789", "shop") }),
      /number/,
    ],
    [
      "a pool",
      google({ workloadIdentityProvider: PROVIDER.replace(/\/providers.*/, "") }),
      /full name of a provider/,
    ],
    ["a form that goes on", google({ workloadIdentityProvider: `${PROVIDER}&subject_token=x` }), /full name/],
    ["a person", google({ serviceAccount: "someone@example.com" }), /address of a service account/],
    [
      "a path in an account",
      google({ serviceAccount: "builder/../x@shop.iam.gserviceaccount.com" }),
      /address/,
    ],
    ["a public registry", ecr({ image: "public.ecr.aws/shop/app" }), /private ECR registry/],
    [
      "a host of another",
      ecr({ image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com/shop" }),
      /private ECR/,
    ],
    ["a user", ecr({ role: "arn:aws:iam::123456789012:user/ci" }), /ARN of a role/],
    ["another partition", ecr({ role: ROLE.replace("aws", "aws-cn") }), /own partition, arn:aws:iam/],
    ["a role that ends in a command", ecr({ role: `${ROLE}$(id)` }), /ARN of a role/],
    ["without its image", { ecr: { role: ROLE } }, /expected string/],
    ["without its role", { ecr: { image: ECR } }, /expected string/],
    ["an audience of two lines", ecr({ audience: "sts\nx" }), /an audience/],
    ["a short password", other({ password: "hunter2" }), /can mask/],
    ["a password of two lines", other({ password: "hunter2\nhunter2" }), /can mask/],
    ["a long password", other({ password: "x".repeat(10_001) }), /can mask/],
    ["a user with a variable", other({ user: "$USER" }), /user name/],
  ])("is not %s", (_, value, message) => {
    expect(messages(registrySchema, value)).toMatch(message);
  });

  test("of ECR tells its region", () => {
    expect(ecrRegion(ECR)).toBe("eu-west-1");
    expect(ecrRegion("123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/a/b")).toBe("ap-southeast-2");
    expect(ecrRegion("registry.example.com/a")).toBeUndefined();
  });
});

describe("mirrors", () => {
  const parse = (value: unknown): RegistryConfig => registrySchema.parse(value);
  const said = (registry: unknown, ...mirrors: unknown[]) =>
    mirrorProblems(parse(registry), mirrors.map(parse)).map(({ index, message }) => `${index}: ${message}`);

  test("may be of any kind, GitLab's among them", () => {
    expect(mirrorsSchema.parse(undefined)).toEqual([]);
    expect(mirrorsSchema.safeParse(["gitlab", google(), ecr(), other()]).success).toBe(true);
    expect(said(ecr(), "gitlab", google(), other())).toEqual([]);
  });

  test("are other places than the registry and one another", () => {
    expect(said("gitlab", { gitlab: { deployToken: true } })).toEqual([
      "0: a registry that is not in the list before, other than gitlab",
    ]);
    expect(said("gitlab", other(), google(), other())).toEqual([
      "2: a registry that is not in the list before, other than registry.example.com/acme/shop",
    ]);
  });

  test("share the login of their host, which Docker keeps once", () => {
    const second = { image: "registry.example.com/copies" };
    expect(said(other(), other(second))).toEqual([]);
    expect(said(other(), other({ ...second, user: "copier" }))).toEqual([
      "0: the same login as elsewhere for registry.example.com: Docker keeps one per host",
    ]);
  });
});

describe("logins for job images", () => {
  const entry = { registry: "registry.example.com", user: "puller", password: "a b\nc" };

  test("take any password", () => {
    expect(dockerAuthSchema.parse([entry])[0]?.password).toBeInstanceOf(Secret);
    expect(dockerAuthSchema.parse(undefined)).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ["twice for a registry", [entry, { ...entry, user: "other" }], /each registry once/],
    ["for a repository", [{ ...entry, registry: "registry.example.com/acme" }], /registry's host/],
    ["without a password", [{ ...entry, password: undefined }], /pulumi config set --secret/],
    ["larger than a variable", [{ ...entry, password: "x".repeat(8_000) }], /fewer logins/],
  ])("are not %s", (_, value, message) => {
    expect(messages(dockerAuthSchema, value)).toMatch(message);
  });
});

test("every key is described, and none of the schemas loses anything as JSON Schema", () => {
  const undescribed = (schema: unknown, path: string): string[] => {
    if (typeof schema !== "object" || schema === null) return [];
    const { properties, anyOf, items } = schema as Record<string, unknown>;
    return [
      ...Object.entries(properties ?? {}).flatMap(([key, value]) => [
        ...((value as { description?: string }).description === undefined ? [`${path}.${key}`] : []),
        ...undescribed(value, `${path}.${key}`),
      ]),
      ...(Array.isArray(anyOf) ? anyOf.flatMap((branch) => undescribed(branch, path)) : []),
      ...undescribed(items, `${path}[]`),
    ];
  };
  for (const schema of [registrySchema, mirrorsSchema, dockerAuthSchema]) {
    const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    expect(JSON.stringify(json)).toContain("properties");
    expect(undescribed(json, "")).toEqual([]);
  }
});
