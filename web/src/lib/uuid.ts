const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Return whether a path segment is a UUID: the API refuses other ids. */
export const isUuid = (text: string) => UUID.test(text);
