// What the pages say, in the languages of the emails.

const en = {
  code: "Code from the email",
  codeHint: "The code is in the email, in groups of four letters and digits.",
  email: "Email address",
  newPassword: "New password",
  passwordHint: (least) => `At least ${least} characters. A sentence is fine; passwords that many people use are not.`,
  showPassword: "Show the password",
  sendMail: "Send a new email",
  noWorkingCode: "No code, or one that does not work?",
  askForMail: "Ask for a new email",
  tooMany: (seconds) => `Too many attempts. Try again in ${seconds} s.`,
  problems: {},
  refusals: {
    UNREACHABLE: "The service cannot be reached, or takes too long. Check the connection and press the button again.",
    DEADLINE_EXCEEDED: "The service did not answer in time. Press the button again.",
    SERVICE_UNAVAILABLE: "The service is busy or partly down. Wait a few seconds and press the button again.",
    INTERNAL: "Something went wrong in the service. Press the button again. If that does not help, tell the operator.",
  },
  pages: {
    "verify-email": {
      title: "Verify your email address",
      lead: "Press the button to verify that this address is yours.",
      leadWithoutCode: "Enter the code from the email to verify that the address is yours.",
      button: "Verify the address",
      codeRefused: "This code does not work: it is mistyped, used already, or too old. If you have verified the address before, log in. Otherwise ask for a new email below.",
      done: (email) => `${email} is verified. You can log in now.`,
      next: "Log in",
    },
    "confirm-email-change": {
      title: "Confirm your new email address",
      lead: "Press the button to use this address for your account from now on.",
      leadWithoutCode: "Enter the code from the email to use the new address for your account from now on.",
      button: "Confirm the address",
      codeRefused: "This code does not work: it is mistyped, used already, or too old. If you have confirmed the address before, log in with it. Otherwise log in and ask for the change again.",
      done: (email) => `Your address is now ${email}. Use it from now on to log in.`,
      next: "Log in",
    },
    "reset-password": {
      title: "Set a new password",
      lead: "Choose a new password. All your sessions end. Your API tokens keep working.",
      button: "Set the password",
      codeRefused: "This code does not work: it is mistyped, used already, or too old. If you have set the password before, log in with it. Otherwise ask for a new email below: only the newest one works.",
      done: () => "The new password is set, and all sessions have ended. You can log in now.",
      next: "Log in",
    },
    "forgot-password": {
      title: "Forgot your password?",
      lead: "Enter the address of your account. You get an email with a link to set a new password.",
      button: "Send the email",
      done: (email) => `If ${email} has an account, an email is on its way. Open its link. Look into the spam folder, too.`,
    },
    "resend-verification": {
      title: "Verify your email address",
      done: (email) => `If ${email} is not verified yet, an email is on its way. Open its link. Look into the spam folder, too.`,
    },
  },
};

const zhHant = {
  code: "信中的驗證碼",
  codeHint: "驗證碼在信中，以四個字母或數字為一組。",
  email: "電子郵件地址",
  newPassword: "新密碼",
  passwordHint: (least) => `至少 ${least} 個字元。可以用一句話；許多人使用的密碼則不可以。`,
  showPassword: "顯示密碼",
  sendMail: "重新寄信",
  noWorkingCode: "沒有驗證碼，或驗證碼無效？",
  askForMail: "要求重新寄信",
  tooMany: (seconds) => `嘗試次數過多。請在 ${seconds} 秒後再試一次。`,
  problems: {
    TOO_SHORT: "密碼太短。",
    TOO_LONG: "密碼太長。",
    COMMON_PASSWORD: "許多人使用這個密碼或類似的密碼。請換一個。",
    HOLDS_ADDRESS: "密碼不可以包含您的電子郵件地址或其中的名稱。",
    HOLDS_PRODUCT_NAME: "密碼不可以包含本服務的名稱。",
    REPEATED: "這個密碼只是一小段文字的重複。請換一個。",
    SEQUENCE: "這個密碼只是字母、數字或鍵盤上的順序。請換一個。",
    INVALID_EMAIL: "這不是有效的電子郵件地址。",
    DOMAIN_REFUSED: "這裡不接受這個網域的電子郵件地址。",
  },
  refusals: {
    UNREACHABLE: "無法連上服務，或服務太久沒有回應。請檢查網路連線，再按一次按鈕。",
    DEADLINE_EXCEEDED: "服務沒有及時回應。請再按一次按鈕。",
    SERVICE_UNAVAILABLE: "服務忙碌中，或部分停擺。請等幾秒，再按一次按鈕。",
    INTERNAL: "服務發生錯誤。請再按一次按鈕；如果仍然如此，請告知服務的管理者。",
  },
  pages: {
    "verify-email": {
      title: "驗證您的電子郵件地址",
      lead: "請按下按鈕，驗證這個地址屬於您。",
      leadWithoutCode: "請輸入信中的驗證碼，驗證這個地址屬於您。",
      button: "驗證地址",
      codeRefused: "這組驗證碼無效：可能輸入錯誤、已經使用過，或已經過期。如果您之前已完成驗證，請直接登入；否則請在下方要求重新寄信。",
      done: (email) => `${email} 已完成驗證。您現在可以登入。`,
      next: "登入",
    },
    "confirm-email-change": {
      title: "確認您的新電子郵件地址",
      lead: "請按下按鈕，從現在起以這個地址使用您的帳號。",
      leadWithoutCode: "請輸入信中的驗證碼，從現在起以新地址使用您的帳號。",
      button: "確認地址",
      codeRefused: "這組驗證碼無效：可能輸入錯誤、已經使用過，或已經過期。如果您之前已確認新地址，請用它登入；否則請登入後重新提出變更。",
      done: (email) => `您的地址現在是 ${email}。從現在起請用它登入。`,
      next: "登入",
    },
    "reset-password": {
      title: "設定新密碼",
      lead: "請選擇新密碼。您的所有登入都會結束，API 權杖則繼續有效。",
      button: "設定密碼",
      codeRefused: "這組驗證碼無效：可能輸入錯誤、已經使用過，或已經過期。如果您之前已設定新密碼，請用它登入；否則請在下方要求重新寄信，只有最新的一封信有效。",
      done: () => "新密碼已設定，所有登入都已結束。您現在可以登入。",
      next: "登入",
    },
    "forgot-password": {
      title: "忘記密碼？",
      lead: "請輸入您帳號的電子郵件地址。我們會寄出一封信，內有設定新密碼的連結。",
      button: "寄信",
      done: (email) => `如果 ${email} 有帳號，信已在途中。請開啟信中的連結，也請查看垃圾郵件匣。`,
    },
    "resend-verification": {
      title: "驗證您的電子郵件地址",
      done: (email) => `如果 ${email} 正等待驗證，信已在途中。請開啟信中的連結，也請查看垃圾郵件匣。`,
    },
  },
};

const ja = {
  code: "メールに記載のコード",
  codeHint: "コードは英数字 4 文字ずつに区切って、メールに記載されています。",
  email: "メールアドレス",
  newPassword: "新しいパスワード",
  passwordHint: (least) => `${least} 文字以上。文でもかまいません。多くの人が使うパスワードは使えません。`,
  showPassword: "パスワードを表示",
  sendMail: "メールを再送する",
  noWorkingCode: "コードがない、または使えない場合",
  askForMail: "メールをもう一度受け取る",
  tooMany: (seconds) => `試行回数が多すぎます。${seconds} 秒後にもう一度お試しください。`,
  problems: {
    TOO_SHORT: "パスワードが短すぎます。",
    TOO_LONG: "パスワードが長すぎます。",
    COMMON_PASSWORD: "このパスワード、またはよく似たものを多くの人が使っています。別のものにしてください。",
    HOLDS_ADDRESS: "パスワードにメールアドレスやその名前の部分を含めないでください。",
    HOLDS_PRODUCT_NAME: "パスワードにこのサービスの名前を含めないでください。",
    REPEATED: "短い文字列の繰り返しです。別のパスワードにしてください。",
    SEQUENCE: "文字、数字、キーボードの並び順のままです。別のパスワードにしてください。",
    INVALID_EMAIL: "メールアドレスとして正しくありません。",
    DOMAIN_REFUSED: "このドメインのメールアドレスは使えません。",
  },
  refusals: {
    UNREACHABLE: "サービスに接続できないか、応答に時間がかかりすぎています。接続を確かめて、もう一度ボタンを押してください。",
    DEADLINE_EXCEEDED: "サービスが時間内に応答しませんでした。もう一度ボタンを押してください。",
    SERVICE_UNAVAILABLE: "サービスが混み合っているか、一部が止まっています。数秒待って、もう一度ボタンを押してください。",
    INTERNAL: "サービスで問題が起きました。もう一度ボタンを押してください。続く場合は運営者にお知らせください。",
  },
  pages: {
    "verify-email": {
      title: "メールアドレスの確認",
      lead: "ボタンを押すと、このアドレスがご本人のものであることの確認が完了します。",
      leadWithoutCode: "メールに記載のコードを入力して、アドレスの確認を完了してください。",
      button: "アドレスを確認する",
      codeRefused: "このコードは使えません。入力の誤り、使用済み、または期限切れです。すでに確認が済んでいる場合はそのままログインしてください。そうでない場合は、下でメールを再送してください。",
      done: (email) => `${email} の確認が完了しました。ログインできます。`,
      next: "ログイン",
    },
    "confirm-email-change": {
      title: "新しいメールアドレスの確認",
      lead: "ボタンを押すと、これからこのアドレスがアカウントに使われます。",
      leadWithoutCode: "メールに記載のコードを入力すると、これから新しいアドレスがアカウントに使われます。",
      button: "アドレスを確認する",
      codeRefused: "このコードは使えません。入力の誤り、使用済み、または期限切れです。すでに確認が済んでいる場合は、新しいアドレスでログインしてください。そうでない場合は、ログインして変更の手続きをやり直してください。",
      done: (email) => `アドレスは ${email} になりました。これからはこのアドレスでログインしてください。`,
      next: "ログイン",
    },
    "reset-password": {
      title: "新しいパスワードの設定",
      lead: "新しいパスワードを決めてください。すべてのセッションが終了します。API トークンはそのまま使えます。",
      button: "パスワードを設定する",
      codeRefused: "このコードは使えません。入力の誤り、使用済み、または期限切れです。すでに新しいパスワードを設定した場合は、それでログインしてください。そうでない場合は、下からもう一度メールを受け取ってください。最新のメールだけが有効です。",
      done: () => "新しいパスワードを設定し、すべてのセッションを終了しました。ログインできます。",
      next: "ログイン",
    },
    "forgot-password": {
      title: "パスワードをお忘れの場合",
      lead: "アカウントのメールアドレスを入力してください。新しいパスワードを設定するためのリンクをメールでお送りします。",
      button: "メールを送る",
      done: (email) => `${email} のアカウントがあれば、メールをお送りしました。メールのリンクを開いてください。迷惑メールのフォルダーもご確認ください。`,
    },
    "resend-verification": {
      title: "メールアドレスの確認",
      done: (email) => `${email} が確認待ちであれば、メールをお送りしました。メールのリンクを開いてください。迷惑メールのフォルダーもご確認ください。`,
    },
  },
};

const LANGUAGES = { en, "zh-Hant": zhHant, ja };

// As the emails choose: by the first part of each tag, in the order in which the browser names them; else English.
export function choose(wanted) {
  const byPrimary = { en: "en", zh: "zh-Hant", ja: "ja" };
  const known = wanted.map((tag) => byPrimary[tag.toLowerCase().split("-")[0]]).find(Boolean);
  const language = known ?? "en";
  return { language, words: LANGUAGES[language] };
}
