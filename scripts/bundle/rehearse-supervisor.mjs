/** The supervisor hears that its caller is gone, as the end of the boot channel, before it has made anything. */
export async function rehearse(run) {
  await new Promise((resolve) => {
    process.once("unhandledRejection", resolve);
    void run([]);
  });
}
