import { z } from "zod";
import { invalidRecord, notFound, refused } from "../errors.ts";
import { flag } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import type { Variable } from "../state.ts";

const settings = {
  description: z.string().nullish(),
  environment_scope: z.string().optional(),
  masked: flag.optional(),
  protected: flag.optional(),
  raw: flag.optional(),
  variable_type: z.enum(["env_var", "file"]).optional(),
};
const filter = z.looseObject({ environment_scope: z.string().optional() }).optional();
const selection = z.looseObject({ filter });
const creation = z.looseObject({
  ...settings,
  key: z.string(),
  value: z.string(),
  masked_and_hidden: flag.optional(),
});
const change = z.looseObject({ ...settings, value: z.string().optional(), filter });

/** What the job log can mask: one line, eight characters or more, and where variables are expanded no `$`. */
const maskable = { raw: /^\S{8,}$/, expanded: /^[a-zA-Z0-9_+=/@:.~-]{8,}$/ };

/** CI/CD variables of a project; each is one line of a pipeline's environment. */
export const variableRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/projects/:id/variables",
    role: "maintainer",
    handle: (call) => page(call, call.project.variables, entity),
  }),
  route({
    method: "GET",
    path: "/projects/:id/variables/:key",
    role: "maintainer",
    parameters: selection,
    handle: (call, parameters) => ({ status: 200, body: entity(find(call, parameters)) }),
  }),
  route({
    method: "POST",
    path: "/projects/:id/variables",
    role: "maintainer",
    parameters: creation,
    handle: (call, given) => {
      const hidden = given.masked_and_hidden ?? false;
      const variable: Variable = {
        key: given.key,
        value: given.value,
        description: given.description ?? null,
        ...{
          variableType: given.variable_type ?? "env_var",
          environmentScope: given.environment_scope ?? "*",
        },
        protected: given.protected ?? false,
        masked: hidden || (given.masked ?? false),
        hidden,
        raw: given.raw ?? false,
      };
      check(call, variable);
      call.project.variables.push(variable);
      return { status: 201, body: entity(variable) };
    },
  }),
  route({
    method: "PUT",
    path: "/projects/:id/variables/:key",
    role: "maintainer",
    parameters: change,
    handle: (call, given) => {
      const variable = find(call, given);
      if (variable.hidden && given.masked === false) {
        throw invalidRecord({
          masked: ["The visibility setting cannot be changed for masked and hidden variables."],
        });
      }
      const changed: Variable = {
        ...variable,
        value: given.value ?? variable.value,
        description: given.description === undefined ? variable.description : given.description,
        variableType: given.variable_type ?? variable.variableType,
        environmentScope: given.environment_scope ?? variable.environmentScope,
        protected: given.protected ?? variable.protected,
        masked: given.masked ?? variable.masked,
        raw: given.raw ?? variable.raw,
      };
      check(call, changed, variable);
      Object.assign(variable, changed);
      return { status: 200, body: entity(variable) };
    },
  }),
  route({
    method: "DELETE",
    path: "/projects/:id/variables/:key",
    role: "maintainer",
    parameters: selection,
    handle: (call, parameters) => {
      const { variables } = call.project;
      variables.splice(variables.indexOf(find(call, parameters)), 1);
      return { status: 204 };
    },
  }),
];

/** @throws ApiError 404, or 409 where several environments have the key and the request names none. */
function find(call: Call, parameters: z.output<typeof selection>): Variable {
  const scope = parameters.filter?.environment_scope;
  const found = call.project.variables.filter(
    ({ key, environmentScope }) =>
      key === call.path.key && (scope === undefined || environmentScope === scope),
  );
  const [first] = found;
  if (first === undefined) throw notFound("Variable");
  if (found.length > 1) {
    throw refused(
      409,
      "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    );
  }
  return first;
}

/** @throws ApiError 400 with the rules of GitLab's variable model that are broken. */
function check(call: Call, variable: Variable, itself?: Variable): void {
  const faults: Record<string, string[]> = {};
  const { key, value, masked, raw, environmentScope } = variable;
  const taken = call.project.variables.some(
    (other) => other !== itself && other.key === key && other.environmentScope === environmentScope,
  );
  if (taken) faults.key = [`(${key}) has already been taken`];
  if (!/^[a-zA-Z0-9_]+$/.test(key)) faults.key = ["can contain only letters, digits and '_'."];
  if (key.length > 255) faults.key = ["is too long (maximum is 255 characters)"];
  if (masked && !(raw ? maskable.raw : maskable.expanded).test(value)) faults.value = ["is invalid"];
  if (Object.keys(faults).length > 0) throw invalidRecord(faults);
}

function entity(variable: Variable): Record<string, unknown> {
  const { key, value, hidden, masked, raw, description } = variable;
  return {
    variable_type: variable.variableType,
    key,
    value: hidden ? null : value,
    hidden,
    masked,
    raw,
    protected: variable.protected,
    environment_scope: variable.environmentScope,
    description,
  };
}
