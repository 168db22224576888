import { Fragment } from 'react'

/** A host with its port, broken where it has to be before a dot or the colon, not in the middle of a word. */
export function HostName({ value }: { readonly value: string }) {
  return value.split(/(?=[.:])/).map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, in its order
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}
