/** The name of an image's report among its bake's artifacts, and beside its disk. */
export const reportFile = "report.html";
