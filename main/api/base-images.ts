/**
 * Images that people put under Spack's packages. Binaries need a C library at least as new as that of the system they
 * were built on, so each says which it brings (each distribution's own package of that release).
 */
export const presetBaseImages = [
  { reference: 'ubuntu:24.04', system: 'Ubuntu 24.04', glibc: '2.39', glibcxx: '3.4.33' },
  { reference: 'ubuntu:22.04', system: 'Ubuntu 22.04', glibc: '2.35', glibcxx: '3.4.30' },
  { reference: 'debian:13', system: 'Debian 13', glibc: '2.41', glibcxx: '3.4.33' },
  { reference: 'debian:12', system: 'Debian 12', glibc: '2.36', glibcxx: '3.4.30' },
  { reference: 'rockylinux:9', system: 'Rocky Linux 9', glibc: '2.34', glibcxx: '3.4.29' },
  { reference: 'almalinux:9', system: 'AlmaLinux 9', glibc: '2.34', glibcxx: '3.4.29' },
  { reference: 'fedora:42', system: 'Fedora 42', glibc: '2.41', glibcxx: '3.4.34' },
  { reference: 'opensuse/leap:15.6', system: 'openSUSE Leap 15.6', glibc: '2.38', glibcxx: '3.4.33' },
] as const

/** No base at all: packages alone. */
export const scratchBase = 'scratch'
