/** An answer that refuses; its body is of the shape GitLab gives that refusal. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

/** `{"message": …}` under that status. */
export function refused(status: number, message: unknown): ApiError {
  return new ApiError(status, { message });
}

export function unauthorized(): ApiError {
  return refused(401, "401 Unauthorized");
}

export function forbidden(reason?: string): ApiError {
  return refused(403, reason === undefined ? "403 Forbidden" : `403 Forbidden - ${reason}`);
}

/** `404 Project Not Found`; without a name the lower-case form GitLab uses for records looked up by name. */
export function notFound(what?: string): ApiError {
  return refused(404, what === undefined ? "404 Not found" : `404 ${what} Not Found`);
}

export function badRequest(reason: string): ApiError {
  return refused(400, `400 Bad request - ${reason}`);
}

/** A record that breaks a rule of its model: `{"message": {"value": ["is invalid"]}}`. */
export function invalidRecord(errors: Readonly<Record<string, readonly string[]>>): ApiError {
  return refused(400, errors);
}

/** A parameter that does not fit the endpoint: `{"error": "branch is missing"}`. */
export function invalidParameters(problems: readonly string[]): ApiError {
  return new ApiError(400, { error: problems.join(", ") });
}
