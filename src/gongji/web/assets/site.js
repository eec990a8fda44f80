// What a page gains where there is a script: answers without a button.
document.documentElement.classList.add("js");
