/**
 * Secret Manager's `projects.secrets.versions.access`.
 *
 * @see https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
 * @see https://cloud.google.com/apis/design/errors
 */

import { type Answer, googleError, json } from "../http-service.ts";
import { crc32c } from "./crc32c.ts";
import type { Request } from "./request.ts";
import type { CloudState, Secret } from "./state.ts";

const PATH = /^\/v1\/(projects\/([^/]+)\/secrets\/([A-Za-z0-9_-]{1,255}))\/versions\/([^/:]+):access$/;
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** Answers as the API would: who asks is looked at before whether there is anything to read. */
export function answerSecretManager(state: CloudState, request: Request): Answer {
  const [, secretName, project, secretId, version] = PATH.exec(decodeURIComponent(request.path)) ?? [];
  if (secretName === undefined || version === undefined || request.method !== "GET") {
    return {
      status: 404,
      type: "text/html; charset=UTF-8",
      body: "<!DOCTYPE html>\n<title>Error 404 (Not Found)!!1</title>\n",
    };
  }
  const authorization = request.headers.authorization;
  const account = state.serviceAccount;
  if (authorization === undefined)
    return unauthenticated("Request is missing required authentication credential.");
  if (account === undefined || authorization !== `Bearer ${account.token}`) {
    return unauthenticated("Request had invalid authentication credentials.");
  }
  if (!account.scopes.includes(SCOPE)) {
    return googleError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
  }
  const { projectId, numericProjectId } = state.project;
  const ofProject = project === projectId || project === String(numericProjectId);
  const secret = ofProject ? state.secrets[`projects/${projectId}/secrets/${secretId}`] : undefined;
  if (secret === undefined || !secret.accessors.includes(account.email)) {
    const resource = `${secretName}/versions/${version}`;
    const message = `Permission 'secretmanager.versions.access' denied for resource '${resource}' (or it may not exist).`;
    return googleError(403, "PERMISSION_DENIED", message);
  }
  return access(secret, `projects/${numericProjectId}/secrets/${secretId}`, version);
}

function access(secret: Secret, name: string, asked: string): Answer {
  const version =
    asked === "latest"
      ? Object.keys(secret.versions).sort((left, right) => Number(right) - Number(left))[0]
      : asked;
  const found = version === undefined ? undefined : secret.versions[version];
  if (found === undefined)
    return googleError(404, "NOT_FOUND", `Secret Version [${name}/versions/${asked}] not found.`);
  const full = `${name}/versions/${version}`;
  if (found.state !== "ENABLED") {
    return googleError(400, "FAILED_PRECONDITION", `Secret Version [${full}] is in ${found.state} state.`);
  }
  const data = Buffer.from(found.payload, "utf8");
  return json(200, {
    name: full,
    payload: { data: data.toString("base64"), dataCrc32c: String(crc32c(data)) },
  });
}

const unauthenticated = (what: string): Answer => ({
  ...googleError(
    401,
    "UNAUTHENTICATED",
    `${what} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`,
  ),
  headers: { "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"' },
});
