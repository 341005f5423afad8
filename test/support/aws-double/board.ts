type Operations = Record<string, (input: never) => object | Promise<object>>;

/** SNS and EventBridge: what was told, in order. */
export const openBoard = () => {
  const messages: { topic: string; text: string }[] = [];
  const events: { source: string; type: string; detail: string }[] = [];
  const operations = {
    Publish({ TopicArn = "", Message = "" }: { TopicArn?: string; Message?: string }) {
      messages.push({ topic: TopicArn, text: Message });
      return { MessageId: String(messages.length) };
    },
    PutEvents({
      Entries = [],
    }: {
      Entries?: { Source?: string; DetailType?: string; Detail?: string }[];
    }) {
      for (const { Source = "", DetailType = "", Detail = "" } of Entries) {
        events.push({ source: Source, type: DetailType, detail: Detail });
      }
      return { FailedEntryCount: 0, Entries: [] };
    },
  };
  return { messages, events, operations: operations as unknown as Operations };
};
