import { z } from "zod";
import { forbidden, invalidRecord, notFound } from "../errors.ts";
import { filledText, flag, wholeNumber } from "../parameters.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type Schedule, type ScheduleVariable } from "../state.ts";
import { userBasic } from "./users.ts";

const changes = {
  description: z.string().optional(),
  ref: filledText.optional(),
  cron: z.string().optional(),
  cron_timezone: z.string().optional(),
  active: flag.optional(),
};
const path = "/projects/:id/pipeline_schedules";

/** Pipeline schedules and their variables. */
export const scheduleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path,
    role: "developer",
    handle: (call) => page(call, call.project.schedules, (schedule) => entity(call, schedule)),
  }),
  route({
    method: "GET",
    path: `${path}/:schedule`,
    role: "developer",
    handle: (call) => ({ status: 200, body: entity(call, find(call)) }),
  }),
  route({
    method: "POST",
    path,
    role: "developer",
    parameters: z.looseObject({ ...changes, description: z.string(), ref: filledText, cron: z.string() }),
    handle: async (call, given) => {
      const now = new Date().toISOString();
      const schedule: Schedule = {
        id: call.state.nextId(),
        createdAt: now,
        updatedAt: now,
        owner: call.user,
        description: given.description,
        cron: given.cron,
        ref: await fullRef(call, given.ref),
        cronTimezone: given.cron_timezone ?? "UTC",
        active: given.active ?? true,
        variables: [],
      };
      checkCron(schedule.cron);
      call.project.schedules.push(schedule);
      return { status: 201, body: entity(call, schedule) };
    },
  }),
  route({
    method: "PUT",
    path: `${path}/:schedule`,
    role: "developer",
    parameters: z.looseObject(changes),
    handle: async (call, given) => {
      const schedule = owned(call);
      if (given.cron !== undefined) checkCron(given.cron);
      if (given.ref !== undefined) schedule.ref = await fullRef(call, given.ref);
      schedule.cron = given.cron ?? schedule.cron;
      schedule.description = given.description ?? schedule.description;
      schedule.cronTimezone = given.cron_timezone ?? schedule.cronTimezone;
      schedule.active = given.active ?? schedule.active;
      schedule.updatedAt = new Date().toISOString();
      return { status: 200, body: entity(call, schedule) };
    },
  }),
  route({
    method: "DELETE",
    path: `${path}/:schedule`,
    role: "developer",
    handle: (call) => {
      const { schedules } = call.project;
      schedules.splice(schedules.indexOf(owned(call)), 1);
      return { status: 204 };
    },
  }),
  ...variableRoutes(),
];

function variableRoutes(): readonly Route[] {
  const type = z.enum(["env_var", "file"]).optional();
  return [
    route({
      method: "POST",
      path: `${path}/:schedule/variables`,
      role: "developer",
      parameters: z.looseObject({ key: filledText, value: z.string(), variable_type: type }),
      handle: (call, { key, value, variable_type }) => {
        const { variables } = owned(call);
        if (variables.some((other) => other.key === key)) {
          throw invalidRecord({ key: ["has already been taken"] });
        }
        const variable: ScheduleVariable = { key, value, variableType: variable_type ?? "env_var" };
        variables.push(variable);
        return { status: 201, body: variableEntity(variable) };
      },
    }),
    route({
      method: "PUT",
      path: `${path}/:schedule/variables/:key`,
      role: "developer",
      parameters: z.looseObject({ value: z.string(), variable_type: type }),
      handle: (call, { value, variable_type }) => {
        const variable = findVariable(call, owned(call));
        variable.value = value;
        variable.variableType = variable_type ?? variable.variableType;
        return { status: 200, body: variableEntity(variable) };
      },
    }),
    route({
      method: "DELETE",
      path: `${path}/:schedule/variables/:key`,
      role: "developer",
      handle: (call) => {
        const { variables } = owned(call);
        const [removed] = variables.splice(variables.indexOf(findVariable(call, owned(call))), 1);
        return { status: 202, body: removed === undefined ? undefined : variableEntity(removed) };
      },
    }),
  ];
}

function find(call: Call): Schedule {
  const number = wholeNumber.safeParse(call.path.schedule).data;
  const schedule = call.project.schedules.find(({ id }) => id === number);
  if (schedule === undefined) throw notFound("Pipeline Schedule");
  return schedule;
}

/** The schedule, where the user is its owner or a maintainer. */
function owned(call: Call): Schedule {
  const schedule = find(call);
  if (schedule.owner !== call.user && call.level < accessLevels.maintainer) throw forbidden();
  return schedule;
}

function findVariable(call: Call, schedule: Schedule): ScheduleVariable {
  const variable = schedule.variables.find(({ key }) => key === call.path.key);
  if (variable === undefined) throw notFound("Pipeline Schedule Variable");
  return variable;
}

function checkCron(cron: string): void {
  if (!/^\s*([\d*,/A-Za-z#?L-]+\s+){4}[\d*,/A-Za-z#?L-]+\s*$/.test(cron)) {
    throw invalidRecord({ cron: ["syntax is invalid"] });
  }
}

/** `main` becomes `refs/heads/main`, unless a tag has the name as well. */
async function fullRef(call: Call, ref: string): Promise<string> {
  if (/^refs\/(heads|tags)\//.test(ref)) return ref;
  const { repository } = call.project;
  const [isBranch, isTag] = [
    (await repository.refs("heads")).has(ref),
    (await repository.refs("tags")).has(ref),
  ];
  if (isBranch === isTag) throw invalidRecord({ ref: ["is ambiguous"] });
  return `refs/${isBranch ? "heads" : "tags"}/${ref}`;
}

function entity(call: Call, schedule: Schedule): Record<string, unknown> {
  const { id, description, ref, cron, cronTimezone, active, owner, createdAt, updatedAt } = schedule;
  return {
    id,
    description,
    ref,
    cron,
    cron_timezone: cronTimezone,
    active,
    next_run_at: null,
    created_at: createdAt,
    updated_at: updatedAt,
    owner: userBasic(call, owner),
    last_pipeline: null,
    variables: schedule.variables.map(variableEntity),
  };
}

function variableEntity({ key, value, variableType }: ScheduleVariable): Record<string, unknown> {
  return { key, value, variable_type: variableType, raw: false };
}
