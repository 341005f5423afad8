/** The sentence in a cause: Lambda's is JSON with the message in it, any other is the text itself. */
export const causeMessage = (text: string): string => {
  try {
    const { errorMessage } = JSON.parse(text) as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : text;
  } catch {
    return text;
  }
};
