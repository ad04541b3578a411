const collator = new Intl.Collator('zh-Hans-u-co-pinyin', { numeric: true })

/** The order of names in a list, whatever the reader's language: Chinese ones as they are read, figures by their value. */
export const compareNames = (a: string, b: string): number => collator.compare(a, b)
