/**
 * The committed pipeline in four states of its caches, against the way of Docker-in-Docker: building, pushing and
 * moving tags is compared, for that is what both do; the pipeline as a whole does more.
 */
import { passed, runCommittedPipeline } from "../lab/committed-pipeline.ts";
import { LabError } from "../lab/errors.ts";
import { type Lab, PROJECT, startLab } from "../lab/lab.ts";
import { loggedSteps } from "../lab/progress.ts";
import { ask } from "../lab/registry-client.ts";
import { changedApp, sampleFiles } from "../lab/sample/index.ts";
import { dind, IMAGES } from "./dind.ts";
import { docker, logIn, onHost, putFiles } from "./lab-host.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;

/** Lines of the job docker-build between which it builds and pushes. */
const BUILD = { begin: / #0 building with /, end: / app sha256:[0-9a-f]{64} built/ };

/** Seconds. */
interface Times {
  readonly pipeline: number;
  /** Build and push, and the job that moves the tags. */
  readonly comparable: number;
}

const BUILDER = "buildx_buildkit_buildx-runners0";

/** No layer in the builder, and no image of a job. */
const emptyBuilder = (lab: Lab): Promise<string> =>
  onHost(
    lab,
    `${docker("protected")}\ndocker exec ${BUILDER} buildctl prune --all\ndocker image prune --all --force`,
  );

async function deleteTags(lab: Lab, repository: string): Promise<void> {
  const { url, user = "", password = "" } = lab.registry;
  const access = { url, caPem: lab.ca.caPem, credentials: { user, password } };
  for (const tag of await lab.registry.listTags(repository)) {
    const digest = await lab.registry.digest(repository, tag);
    // Two tags may have been one image.
    if (digest === undefined) continue;
    const { status } = await ask(access, "DELETE", `/v2/${repository}/manifests/${digest}`);
    if (status !== 202) throw new LabError(`The registry keeps ${repository}:${tag}: ${status}`);
  }
}

async function forgetEverything(lab: Lab): Promise<void> {
  await emptyBuilder(lab);
  for (const image of Object.keys(IMAGES)) {
    await deleteTags(lab, `${PROJECT}/${image}/cache`);
    await deleteTags(lab, `${PROJECT}/dind/${image}`);
  }
}

let changes = 0;

/** The same line in the project and in the sources of the other way. */
async function changeOneLine(lab: Lab): Promise<void> {
  const files = await changedApp(`change ${++changes}`);
  await lab.gitlab.commit(PROJECT, files);
  putFiles(lab, files);
}

async function pipeline(lab: Lab): Promise<Times> {
  let begin = Number.NaN;
  let end = Number.NaN;
  const result = passed(
    await runCommittedPipeline(lab, {
      onLine: (job, line) => {
        if (job !== "docker-build") return;
        if (BUILD.begin.test(line) && Number.isNaN(begin)) begin = performance.now();
        if (BUILD.end.test(line)) end = performance.now();
      },
    }),
  );
  const promote = result.jobs.find(({ name }) => name === "promote")?.seconds ?? Number.NaN;
  const comparable = (end - begin) / 1000 + promote;
  if (Number.isNaN(comparable)) throw new LabError(`No build, or no promotion, in\n${result.log}`);
  return { pipeline: result.seconds, comparable };
}

/** What is done before both ways are measured; the second begins where the first ended. */
const STATES: readonly (readonly [name: string, aim: string, prepare: (lab: Lab) => Promise<unknown>])[] = [
  ["cold", "", forgetEverything],
  ["warm, the builder's own cache", "10x", async () => {}],
  ["warm, from the registry alone", "4x", emptyBuilder],
  ["one line changed", "3x", changeOneLine],
];

export async function pipelineBench(): Promise<string> {
  const ours = STATES.map((): Times[] => []);
  const theirs = STATES.map((): number[] => []);
  const lab = await startLab({ assumeYes: true, step: loggedSteps });
  try {
    await (await lab.engine()).up();
    putFiles(lab, await sampleFiles());
    await logIn(lab);
    for (let run = 0; run < RUNS; run++)
      for (const [index, [, , prepare]] of STATES.entries()) {
        await prepare(lab);
        theirs[index]?.push(await dind(lab));
        ours[index]?.push(await pipeline(lab));
      }
  } finally {
    await lab.stop();
  }
  const rows = STATES.map(([name, aim], index) => {
    const build = median((ours[index] ?? []).map(({ comparable }) => comparable));
    const other = median(theirs[index] ?? []);
    const whole = median((ours[index] ?? []).map((times) => times.pipeline));
    return [name, seconds(other), seconds(build), ratio(other, build), aim, seconds(whole)];
  });
  const head = ["app and db-init", "dind", "bake and promote", "times faster", "aim", "whole pipeline"];
  return table([head, ...rows]);
}
