/** What GitLab says of projects, runners and the token: each request is made once, for all checks. */
import { z } from "zod";
import { type GitlabClient, GitlabRefusal } from "./gitlab-client.ts";

const access = z.object({ access_level: z.number() }).nullish();

/** @see https://docs.gitlab.com/api/projects/#get-a-single-project */
const projectSchema = z.object({
  id: z.number(),
  path_with_namespace: z.string(),
  web_url: z.string(),
  default_branch: z.string().nullish(),
  archived: z.boolean().default(false),
  empty_repo: z.boolean().default(false),
  ci_config_path: z.string().nullish(),
  builds_access_level: z.string().optional(),
  container_registry_access_level: z.string().optional(),
  permissions: z.object({ project_access: access, group_access: access }).nullish(),
});
export type ProjectFacts = z.output<typeof projectSchema>;

/** @see https://docs.gitlab.com/api/branches/#get-single-repository-branch */
const branchSchema = z.object({ name: z.string(), protected: z.boolean(), can_push: z.boolean() });
export type BranchFacts = z.output<typeof branchSchema>;

/** @see https://docs.gitlab.com/api/project_level_variables/ */
const variableSchema = z.object({
  key: z.string(),
  /** None of a hidden one. */
  value: z.string().nullish(),
  protected: z.boolean(),
  masked: z.boolean(),
  hidden: z.boolean().default(false),
  environment_scope: z.string().default("*"),
});
export type VariableFacts = z.output<typeof variableSchema>;

/** @see https://docs.gitlab.com/api/runners/#get-runners-details */
const runnerSchema = z.object({
  id: z.number(),
  description: z.string().nullish(),
  paused: z.boolean(),
  runner_type: z.string(),
  /** `online`, `offline`, `stale` or `never_contacted`. */
  status: z.string().default("unknown"),
});
const runnerDetailsSchema = runnerSchema.extend({
  tag_list: z.array(z.string()).nullish(),
  access_level: z.string().nullish(),
  version: z.string().nullish(),
  contacted_at: z.string().nullish(),
});
export type RunnerFacts = z.output<typeof runnerDetailsSchema>;

/** @see https://docs.gitlab.com/api/pipeline_schedules/ */
const scheduleSchema = z.object({
  id: z.number(),
  description: z.string(),
  ref: z.string(),
  cron: z.string(),
  active: z.boolean(),
  owner: z.object({ username: z.string(), state: z.string().default("active") }).nullish(),
});
const scheduleDetailsSchema = scheduleSchema.extend({
  variables: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
});
export type ScheduleFacts = z.output<typeof scheduleSchema>;

/** @see https://docs.gitlab.com/api/personal_access_tokens/#get-details-on-a-personal-access-token */
const tokenSchema = z.object({
  name: z.string(),
  scopes: z.array(z.string()),
  active: z.boolean().default(true),
  revoked: z.boolean().default(false),
  expires_at: z.string().nullish(),
});
export type TokenFacts = z.output<typeof tokenSchema>;

/** @see https://docs.gitlab.com/api/users/#get-the-current-user */
const userSchema = z.object({
  id: z.number(),
  username: z.string(),
  state: z.string().default("active"),
  bot: z.boolean().default(false),
  is_admin: z.boolean().optional(),
});
export type UserFacts = z.output<typeof userSchema>;

const PAGE = { perPage: 100 } as const;

/** Asks GitLab, and remembers. Whatever it refuses rejects with a {@link GitlabRefusal}. */
export class GitlabFacts {
  readonly #api: GitlabClient["api"];
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(client: GitlabClient) {
    this.#api = client.api;
  }

  version = (): Promise<string> =>
    this.#once("version", async () => {
      const answer = await this.#api.Metadata.show();
      return z.object({ version: z.string() }).parse(answer).version;
    });

  token = (): Promise<TokenFacts> =>
    this.#once("token", async () => tokenSchema.parse(await this.#api.PersonalAccessTokens.show()));

  user = (): Promise<UserFacts> =>
    this.#once("user", async () => userSchema.parse(await this.#api.Users.showCurrentUser()));

  project = (path: string): Promise<ProjectFacts> =>
    this.#once(`project ${path}`, async () => projectSchema.parse(await this.#api.Projects.show(path)));

  /** A group's number. */
  group = (path: string): Promise<number> =>
    this.#once(
      `group ${path}`,
      async () => z.object({ id: z.number() }).parse(await this.#api.Groups.show(path)).id,
    );

  /** The user's access level in a group; 0 for someone who is no member. */
  groupLevel = (path: string, userId: number): Promise<number> =>
    this.#once(`level ${path}`, async () => {
      const member = await absent(this.#api.GroupMembers.show(path, userId, { includeInherited: true }));
      return member === undefined ? 0 : z.object({ access_level: z.number() }).parse(member).access_level;
    });

  /** Undefined where there is no such branch. */
  branch = (project: string, name: string): Promise<BranchFacts | undefined> =>
    this.#once(`branch ${project} ${name}`, async () => {
      const branch = await absent(this.#api.Branches.show(project, name));
      return branch === undefined ? undefined : branchSchema.parse(branch);
    });

  /** Names and wildcards of protected tags. */
  protectedTags = (project: string): Promise<readonly string[]> =>
    this.#once(`tags ${project}`, async () =>
      z
        .array(z.object({ name: z.string() }))
        .parse(await this.#api.ProtectedTags.all(project, PAGE))
        .map(({ name }) => name),
    );

  /** A file's text; undefined where it is not there. */
  file = (project: string, ref: string, path: string): Promise<string | undefined> =>
    this.#once(`file ${project} ${ref} ${path}`, async () => {
      const file = await absent(this.#api.RepositoryFiles.show(project, path, ref));
      if (file === undefined) return undefined;
      const { content, encoding } = z.object({ content: z.string(), encoding: z.string() }).parse(file);
      return encoding === "base64" ? Buffer.from(content, "base64").toString("utf8") : content;
    });

  variables = (project: string): Promise<readonly VariableFacts[]> =>
    this.#once(`variables ${project}`, async () =>
      z.array(variableSchema).parse(await this.#api.ProjectVariables.all(project, PAGE)),
    );

  schedules = (project: string): Promise<readonly ScheduleFacts[]> =>
    this.#once(`schedules ${project}`, async () =>
      z.array(scheduleSchema).parse(await this.#api.PipelineSchedules.all(project, PAGE)),
    );

  /** Variables of a schedule, by name. GitLab shows them to its owner and to Maintainers. */
  scheduleVariables = (project: string, id: number): Promise<Readonly<Record<string, string>>> =>
    this.#once(`schedule ${project} ${id}`, async () => {
      const { variables } = scheduleDetailsSchema.parse(await this.#api.PipelineSchedules.show(project, id));
      return Object.fromEntries(variables.map(({ key, value }) => [key, value]));
    });

  /**
   * Runners that a project's jobs with these tags could run on, whosever they are.
   *
   * @see https://docs.gitlab.com/api/runners/#list-projects-runners
   */
  runnersFor = (project: string, tags: readonly string[]): Promise<readonly RunnerFacts[]> =>
    this.#once(`runners ${project} ${tags.join(",")}`, async () => {
      const found = await this.#api.Runners.all({ projectId: project, tagList: [...tags], ...PAGE });
      const runners = await Promise.all(
        z
          .array(runnerSchema)
          .parse(found)
          .map((runner) => this.#details(runner)),
      );
      // Of one that shows no details, GitLab's own filter is believed.
      return runners.filter(({ tag_list }) => tags.every((tag) => tag_list?.includes(tag) ?? true));
    });

  /** Runners of this type and description that a project's jobs could run on. */
  runnersNamed = (
    project: string,
    type: "project_type" | "group_type" | "instance_type",
    description: string,
  ): Promise<readonly RunnerFacts[]> =>
    this.#once(`named ${project} ${type} ${description}`, async () => {
      const runners = await this.#once(`typed ${project} ${type}`, async () =>
        z.array(runnerSchema).parse(await this.#api.Runners.all({ projectId: project, type, ...PAGE })),
      );
      return Promise.all(
        runners.filter((runner) => runner.description === description).map((runner) => this.#details(runner)),
      );
    });

  /** A group's runner that this token does not manage shows no details: it is taken as it was listed. */
  #details = (
    runner: z.output<typeof runnerSchema>,
  ): Promise<RunnerFacts | (typeof runner & { tag_list?: undefined })> =>
    this.#once(`runner ${runner.id}`, async () => {
      const details = await absent(this.#api.Runners.show(runner.id), [403, 404]);
      return details === undefined ? runner : runnerDetailsSchema.parse(details);
    });

  /** Versions of the managers that use a runner's token; empty for a GitLab that does not tell them. */
  managerVersions = (runnerId: number): Promise<readonly string[]> =>
    this.#once(`managers ${runnerId}`, async () => {
      const managers = await absent(this.#api.requester.get(`runners/${runnerId}/managers`), [403, 404]);
      return z
        .object({ body: z.array(z.object({ version: z.string().nullish() })) })
        .parse(managers ?? { body: [] })
        .body.flatMap(({ version }) => version ?? []);
    });

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known as Promise<T>;
    const asked = ask();
    this.#known.set(key, asked);
    return asked;
  }
}

/** The answer; undefined where GitLab's status says that there is none to have. */
async function absent<T>(asked: Promise<T>, statuses: readonly number[] = [404]): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitlabRefusal && statuses.includes(error.status)) return undefined;
    throw error;
  }
}
