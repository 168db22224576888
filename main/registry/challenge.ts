/** One challenge of a `WWW-Authenticate` header: the scheme in lower case, parameter names in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

// RFC 9110, 5.6.2 and 11.4: a token, and the token68 form that some schemes use instead of parameters.
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y

/**
 * Parses `WWW-Authenticate` (RFC 9110, 11.6.1), which may hold several challenges in one line. What it cannot read
 * it leaves out: a registry's mistake in one challenge must not hide the next. Never throws.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  const reader = new Reader(header)
  while (!reader.ended()) {
    reader.take(/[\s,]+/y)
    const word = reader.take(token)
    if (word === undefined) {
      reader.take(/[^,]+/y)
      continue
    }
    const last = challenges.at(-1)
    if (last && reader.take(/\s*=\s*/y) !== undefined) {
      const value = reader.quoted() ?? reader.take(/[^\s,]*/y) ?? ''
      last.parameters[word.toLowerCase()] ??= value
      continue
    }
    challenges.push({ scheme: word.toLowerCase(), parameters: {} })
    const space = reader.take(/[ \t]+/y)
    // A token68 that is followed by `=` would be a parameter's name: the pattern wants a comma or the end after it.
    if (space !== undefined && !reader.sees(/[^\s,="]+\s*=\s*["A-Za-z0-9]/y)) reader.take(token68)
  }
  return challenges
}

/** A scanner over one header: each step takes what a sticky pattern matches at the place it has reached. */
class Reader {
  private at = 0
  constructor(private readonly text: string) {}

  ended(): boolean {
    return this.at >= this.text.length
  }

  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.text)
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found === undefined || found === '') return undefined
    this.at += found.length
    return found
  }

  /** A quoted string without its quotes and escapes; one that never ends runs to the end of the header. */
  quoted(): string | undefined {
    const raw = this.take(/"(?:[^"\\]|\\.)*(?:"|\\?$)/sy)
    return raw
      ?.replace(/^"/, '')
      .replace(/(?<!\\)((?:\\\\)*)"$/, '$1')
      .replace(/\\(.)/gs, '$1')
  }
}
