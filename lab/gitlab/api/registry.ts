import { z } from "zod";
import { notFound, refused } from "../errors.ts";
import { filledText } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import type { RegistryRule } from "../state.ts";

const role = z.enum(["maintainer", "owner", "admin"]);
/** An empty text takes a minimum away. */
const roleOrNone = z.union([role, z.literal(""), z.null()]).optional();
const ruleLimit = 5;

interface RuleKind {
  readonly path: string;
  /** Name of the pattern in requests and answers. */
  readonly pattern: string;
  /** Whether a rule must say who pushes and who deletes. */
  readonly rolesRequired: boolean;
  readonly rules: (call: Call) => RegistryRule[];
}

/** Protection rules of the container registry, for tags and for repositories. */
export const registryRoutes: readonly Route[] = [
  ...ruleRoutes({
    path: "/projects/:id/registry/protection/tag/rules",
    pattern: "tag_name_pattern",
    rolesRequired: true,
    rules: ({ project }) => project.tagRules,
  }),
  ...ruleRoutes({
    path: "/projects/:id/registry/protection/repository/rules",
    pattern: "repository_path_pattern",
    rolesRequired: false,
    rules: ({ project }) => project.repositoryRules,
  }),
];

function ruleRoutes(kind: RuleKind): readonly Route[] {
  const least = kind.rolesRequired ? role : role.optional();
  const minimums = { minimum_access_level_for_push: least, minimum_access_level_for_delete: least };
  const changes = {
    minimum_access_level_for_push: roleOrNone,
    minimum_access_level_for_delete: roleOrNone,
  };
  const entity = (call: Call, rule: RegistryRule) => ({
    id: rule.id,
    project_id: call.project.id,
    [kind.pattern]: rule.pattern,
    minimum_access_level_for_push: rule.pushLevel,
    minimum_access_level_for_delete: rule.deleteLevel,
  });
  return [
    route({
      method: "GET",
      path: kind.path,
      role: "maintainer",
      handle: (call) =>
        page(
          call,
          kind.rules(call).map((rule) => entity(call, rule)),
        ),
    }),
    route({
      method: "POST",
      path: kind.path,
      role: "maintainer",
      parameters: z.looseObject({ ...minimums, [kind.pattern]: filledText }),
      handle: (call, given) => {
        const rules = kind.rules(call);
        const pattern = String(given[kind.pattern]);
        checkPattern(kind, rules, pattern);
        if (rules.length >= ruleLimit)
          throw refused(422, "Maximum number of protection rules have been reached.");
        const rule: RegistryRule = {
          id: call.state.nextId(),
          pattern,
          pushLevel: textOrNull(given.minimum_access_level_for_push),
          deleteLevel: textOrNull(given.minimum_access_level_for_delete),
        };
        rules.push(rule);
        return { status: 201, body: entity(call, rule) };
      },
    }),
    route({
      method: "PATCH",
      path: `${kind.path}/:rule`,
      role: "maintainer",
      parameters: z.looseObject({ ...changes, [kind.pattern]: filledText.optional() }),
      handle: (call, given) => {
        const rule = find(call, kind);
        const pattern = textOrNull(given[kind.pattern]);
        if (pattern !== null && pattern !== rule.pattern) {
          checkPattern(kind, kind.rules(call), pattern);
          rule.pattern = pattern;
        }
        const push = given.minimum_access_level_for_push;
        const remove = given.minimum_access_level_for_delete;
        if (push !== undefined) rule.pushLevel = textOrNull(push);
        if (remove !== undefined) rule.deleteLevel = textOrNull(remove);
        return { status: 200, body: entity(call, rule) };
      },
    }),
    route({
      method: "DELETE",
      path: `${kind.path}/:rule`,
      role: "maintainer",
      handle: (call) => {
        const rules = kind.rules(call);
        rules.splice(rules.indexOf(find(call, kind)), 1);
        return { status: 204 };
      },
    }),
  ];
}

function find(call: Call, kind: RuleKind): RegistryRule {
  const rule = kind.rules(call).find(({ id }) => String(id) === call.path.rule);
  if (rule === undefined) throw notFound("Protection Rule");
  return rule;
}

function checkPattern(kind: RuleKind, rules: readonly RegistryRule[], pattern: string): void {
  if (rules.some((rule) => rule.pattern === pattern)) {
    const name = kind.pattern.split("_").join(" ");
    throw refused(422, [`${name.charAt(0).toUpperCase()}${name.slice(1)} has already been taken`]);
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
