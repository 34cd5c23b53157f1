import { z } from "zod";
import { apiPath, GitlabError, unlessAbsent } from "../client.ts";
import { defined, idParts, kind } from "../kind.ts";

const inputs = z.strictObject({
  project: z.string(),
  key: z.string().max(255),
  value: z.string(),
  description: z.string().optional(),
  environmentScope: z.string().optional(),
  variableType: z.enum(["env_var", "file"]).optional(),
  protected: z.boolean().optional(),
  masked: z.boolean().optional(),
  hidden: z.boolean().optional(),
  raw: z.boolean().optional(),
});
type Inputs = z.output<typeof inputs>;

const entity = z.looseObject({
  key: z.string(),
  value: z.string().nullable(),
  description: z.string().nullish(),
  environment_scope: z.string(),
  variable_type: z.string(),
  protected: z.boolean(),
  masked: z.boolean(),
  hidden: z.boolean(),
  raw: z.boolean(),
});

const form = "project:key:environmentScope";

/** @see https://docs.gitlab.com/api/project_level_variables/ */
export const projectVariable = kind({
  type: "gitlab:index/projectVariable:ProjectVariable",
  inputs,
  replaceOn: ["project", "key", "environmentScope", "hidden"],
  defaults: {
    environmentScope: "*",
    variableType: "env_var",
    protected: false,
    masked: false,
    hidden: false,
    raw: false,
  },
  create: async (client, given) => {
    const { project, key, hidden } = given;
    await explained(
      client.call("POST", apiPath`projects/${project}/variables`, {
        key,
        environment_scope: given.environmentScope ?? "*",
        ...settings(given),
        ...(hidden === true ? { masked_and_hidden: true } : {}),
      }),
    );
    return { id: `${project}:${key}:${given.environmentScope ?? "*"}` };
  },
  read: async (client, id, known) => {
    const [project = "", key = "", environmentScope = ""] = idParts(id, form);
    const answer = await unlessAbsent(client.call("GET", path(project, key), filter(environmentScope)));
    if (answer === undefined) return undefined;
    const variable = entity.parse(answer);
    return {
      project,
      key: variable.key,
      // A hidden value cannot be read: what was set counts.
      value: variable.value ?? known.value ?? "",
      description: variable.description ?? "",
      environmentScope: variable.environment_scope,
      variableType: variable.variable_type,
      protected: variable.protected,
      masked: variable.masked,
      hidden: variable.hidden,
      raw: variable.raw,
    };
  },
  update: async (client, id, given) => {
    const [project = "", key = "", environmentScope = ""] = idParts(id, form);
    await explained(
      client.call("PUT", path(project, key), {
        ...settings(given),
        filter: { environment_scope: environmentScope },
      }),
    );
  },
  remove: async (client, id) => {
    const [project = "", key = "", environmentScope = ""] = idParts(id, form);
    await client.call("DELETE", path(project, key), filter(environmentScope));
  },
});

function path(project: string, key: string): string {
  return apiPath`projects/${project}/variables/${key}`;
}

function filter(environmentScope: string) {
  return { "filter[environment_scope]": environmentScope };
}

function settings(given: Inputs) {
  return defined({
    value: given.value,
    description: given.description,
    variable_type: given.variableType ?? "env_var",
    protected: given.protected ?? false,
    masked: given.hidden === true || (given.masked ?? false),
    raw: given.raw ?? false,
  });
}

/** GitLab says no more than "value is invalid" when a value cannot be masked. */
async function explained(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GitlabError && /value: \[is invalid\]/.test(error.message)) {
      throw new GitlabError(
        `${error.message}. Invalid value for a masked variable: one line of at least 8 characters, and only those ` +
          "GitLab can mask: https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable",
        error.status,
      );
    }
    throw error;
  }
}
