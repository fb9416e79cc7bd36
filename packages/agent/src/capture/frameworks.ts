const seen = new Set<string>();

/** Notes that the service uses a framework; called where one is met first, not for each request. */
export function sawFramework(name: string): void {
  seen.add(name);
}

/** Frameworks of this service, in the order in which they were met. */
export function frameworksSeen(): readonly string[] {
  return [...seen];
}
