import { isUtf8 } from 'node:buffer'

/**
 * A file name as Python sees it (PEP 383): the code points of its UTF-8, where each byte that is not UTF-8 becomes
 * U+DC00 + byte. Spack sorts and shortens names in this form, so entry-for-entry equality needs it.
 */
export function pythonCodePoints(name: Uint8Array): number[] {
  const points: number[] = []
  for (let at = 0; at < name.length; ) {
    const length = sequenceLength(name, at)
    if (length === 0) {
      points.push(0xdc00 + (name[at] ?? 0))
      at += 1
    } else {
      const text = Buffer.from(name.subarray(at, at + length)).toString('utf8')
      points.push(text.codePointAt(0) ?? 0)
      at += length
    }
  }
  return points
}

/** Length in bytes of the UTF-8 sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length
  }
  return 0
}

/**
 * Orders file names as Python's `sorted` orders `str`: by code point. For valid UTF-8 that is the order of the bytes;
 * only a stray byte, which Python reads as U+DC80–U+DCFF, sorts elsewhere.
 */
export function comparePythonOrder(a: Buffer, b: Buffer): number {
  if (isUtf8(a) && isUtf8(b)) return Buffer.compare(a, b)
  const left = pythonCodePoints(a)
  const right = pythonCodePoints(b)
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
