/** Libraries that are parts of glibc: they come and go together. */
const glibcPart =
  /^(ld-linux.*|libc|libm|libdl|libpthread|librt|libutil|libresolv|libanl|libmvec|libnss_\w+|libBrokenLocale|libthread_db)\.so\.\d+$/

export function isGlibcPart(soname: string): boolean {
  return glibcPart.test(soname)
}

/** The C library that a library is a part of; undefined for any other library. */
export function libcPartOf(soname: string): 'glibc' | 'musl' | undefined {
  if (isGlibcPart(soname)) return 'glibc'
  // Alpine's name of it, and everybody else's.
  return /^libc\.(musl-.*\.so\.1|so)$/.test(soname) ? 'musl' : undefined
}

/** The C library whose dynamic linker a path names: `/lib64/ld-linux-x86-64.so.2`, `/lib/ld-musl-aarch64.so.1`. */
export function libcOfLoader(path: string): 'glibc' | 'musl' | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.startsWith('ld-musl-')) return 'musl'
  return /^ld(-linux.*|64)?\.so\.\d$/.test(name) ? 'glibc' : undefined
}
