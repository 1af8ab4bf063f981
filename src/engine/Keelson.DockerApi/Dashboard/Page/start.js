// Loads the page again when one of its files did not come: each container that starts or ends changes the machine's network, and then a browser breaks off what it has not sent yet.

const attempts = 5, counter = "keelson-attempts";

document.addEventListener("error", () => {
  const count = Number(sessionStorage.getItem(counter)) + 1;
  sessionStorage.setItem(counter, count);
  if (count <= attempts) setTimeout(() => location.reload(), 200);
}, true);

document.addEventListener("keelson-loaded", () => sessionStorage.removeItem(counter));
