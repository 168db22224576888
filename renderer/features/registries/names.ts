/** A reference without `oci://`, which most have; `oci+http://` and `oci-layout://` say something and stay. */
export function shortReference(reference: string): string {
  return reference.replace(/^oci:\/\//, '')
}

/** The host of a reference; undefined for a folder, or for the name of a mirror. */
export function hostOf(reference: string): string | undefined {
  if (reference.startsWith('oci-layout:')) return undefined
  const [host, ...path] = reference.replace(/^[a-z+]+:\/\//, '').split('/')
  return path.length > 0 ? host : undefined
}

/** What a registry calls `demo/cache`, or writes out in full, as a reference with its scheme. */
export function referenceIn(
  registry: { readonly registry: string; readonly plainHttp: boolean },
  name: string,
): string {
  if (name.includes('://')) return name
  const scheme = registry.plainHttp ? 'oci+http://' : 'oci://'
  return name.startsWith(`${registry.registry}/`) ? scheme + name : `${scheme}${registry.registry}/${name}`
}
