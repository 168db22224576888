/** What Go, and so every registry and runtime, calls a family of processors that archspec names differently. */
const goNames: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

/** The `architecture` of an image for an archspec family: `x86_64` → `amd64`; names both share stay (`ppc64le`). */
export function goArchitecture(family: string): string {
  return goNames[family] ?? family
}
