"""What learners say of a course."""

import random

_REVIEWS: dict[int, tuple[str | None, ...]] = {
    5: (
        "Exactly the right pace. The quizzes made me notice what I had only skimmed.",
        "I had tried two other courses before; this is the first one that I finished.",
        "बहुत ही सरल भाषा में समझाया गया है। धन्यवाद!",
        "மிகவும் தெளிவான விளக்கம். அடுத்த பகுதிக்காகக் காத்திருக்கிறேன்.",
        "Short sections, real examples. I read them on the bus.",
        "খুব ভালো লেগেছে, উদাহরণগুলো খুব কাজের।",
        "Muy claro y bien organizado. ¡Gracias!",
        None,
    ),
    4: (
        "Very good. A few more exercises at the end would make it perfect.",
        "Solid content and honest explanations of why things are done the way they are.",
        "చాలా బాగుంది, ఇంకొన్ని ఉదాహరణలు ఉంటే బాగుండేది.",
        "Useful for my semester exam, though the last module was quick.",
        None,
    ),
    3: ("Good start, but I wanted more depth in the second half.", "Fine as a first look. I will need another course after it."),
    2: ("The subject is interesting; I could not keep up with the pace.",),
    1: ("Not what I expected from the title.",),
}


def review(rating: int, dice: random.Random) -> str | None:
    return dice.choice(_REVIEWS[rating])
