/** A broken property of the repository, where somebody has to look. */
export type Fault = {
  /** Path from the top of the checkout. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** As editors and terminals link it. */
export const faultText = ({ file, line, message }: Fault): string => `${file}:${line} ${message}`
