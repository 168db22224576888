/** One line that is written over; nothing where there is no terminal, since only the last word counts there. */
export interface MovingLine {
  show(text: string): void
  /** Takes it away; what is shown afterwards is not. */
  end(): void
}

export function movingLine(stream: NodeJS.WriteStream): MovingLine {
  if (!stream.isTTY || process.env.TERM === 'dumb') return { show: () => undefined, end: () => undefined }
  let ended = false
  return {
    show: (text) => {
      if (!ended) stream.write(`\r\u001b[K${text.slice(0, stream.columns - 1)}`)
    },
    end: () => {
      if (!ended) stream.write('\r\u001b[K')
      ended = true
    },
  }
}
