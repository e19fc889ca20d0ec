"""Problems of how many: groups, shares, fractions, percentages, averages, ages. Data, no code."""

from harness.tasks.problems.template import Step, Template

COUNTING = (
    Template(
        "bags",
        "{who} bakes {trays} trays of {thing} with {each} {thing} on each tray. {He} gives {given} {thing} to {other} "
        "and packs the rest into bags of {bag}. How many bags does {he} fill?",
        {"trays": range(3, 10), "each": range(6, 17, 2), "given": range(4, 30), "bag": range(3, 9)},
        (
            Step("baked", "trays * each", "{who} bakes {work} {thing}."),
            Step("left", "baked - given", "After the gift there are {work} {thing} left."),
            Step("bags", "left / bag", "They fill {work} bags."),
        ),
        {"thing": ("cookies", "muffins", "rolls", "biscuits")},
    ),
    Template(
        "shelf",
        "{who} counts the books of a {place}: there are {books}. Half of them are novels, and a third of the others "
        "are {sort}. How many books are neither novels nor {sort}?",
        {"books": range(48, 400, 6)},
        (
            Step("novels", "books / 2", "There are {work} novels."),
            Step("others", "books - novels", "So {work} books are no novels."),
            Step("sorted", "others / 3", "Of these, {work} are {sort}."),
            Step("neither", "others - sorted", "That leaves {work} books."),
        ),
        {"place": ("school library", "bookshop", "reading room"), "sort": ("cookbooks", "atlases", "comics")},
    ),
    Template(
        "pooling",
        "{who} and {friends} friends go picking {fruit}. {who} picks {mine} {fruit} and each friend picks {each}. "
        "They put all the {fruit} together and share them equally. How many {fruit} does each of them get?",
        {"friends": range(2, 7), "mine": range(20, 90), "each": range(15, 60)},
        (
            Step("theirs", "friends * each", "The friends pick {work} {fruit}."),
            Step("all", "theirs + mine", "Together they have {work} {fruit}."),
            Step("people", "friends + 1", "There are {work} people."),
            Step("share", "all / people", "Each gets {work} {fruit}."),
        ),
        {"fruit": ("strawberries", "plums", "cherries", "chestnuts")},
    ),
    Template(
        "legs",
        "On the farm of {who} there are {cows} cows and {times} times as many hens. How many legs do all these "
        "animals have together, if a cow has four legs and a hen has two?",
        {"cows": range(5, 60), "times": range(3, 9)},
        (
            Step("hens", "cows * times", "There are {work} hens."),
            Step("many", "cows * 4", "The cows have {work} legs."),
            Step("few", "hens * 2", "The hens have {work} legs."),
            Step("legs", "many + few", "Together that is {work} legs."),
        ),
    ),
    Template(
        "collections",
        "{who} has {mine} {thing}. {other} has {fewer} fewer than twice as many as {who}, and {third} has half as "
        "many as {other}. How many {thing} do the three have in all?",
        {"mine": range(12, 80), "fewer": range(4, 24, 2)},
        (
            Step("twice", "mine * 2", "Twice as many as {who} has are {work} {thing}."),
            Step("others", "twice - fewer", "{other} has {work} {thing}."),
            Step("thirds", "others / 2", "{third} has {work} {thing}."),
            Step("all", "mine + others + thirds", "In all they have {work} {thing}."),
        ),
        {"thing": ("stickers", "marbles", "shells", "postcards")},
    ),
    Template(
        "ratio",
        "{who} strings a necklace of {beads} beads. For every {red} red beads there are {blue} blue ones. How many "
        "more blue beads than red beads are on the necklace?",
        {"beads": range(40, 200), "red": (2, 3, 4), "blue": (5, 6, 7, 8)},
        (
            Step("together", "red + blue", "Every group has {work} beads."),
            Step("groups", "beads / together", "The necklace has {work} groups."),
            Step("reds", "groups * red", "There are {work} red beads."),
            Step("blues", "groups * blue", "There are {work} blue beads."),
            Step("more", "blues - reds", "So there are {work} more blue beads."),
        ),
    ),
    Template(
        "buses",
        "The {classes} classes of a school, with {pupils} pupils each, visit a {place}. They are joined by {adults} "
        "adults. All of them travel in buses with {seats} seats, and every seat is taken. How many buses are there?",
        {"classes": range(4, 16), "pupils": range(18, 31), "adults": range(8, 40), "seats": (32, 36, 40, 44, 48, 52)},
        (
            Step("children", "classes * pupils", "There are {work} pupils."),
            Step("people", "children + adults", "With the adults there are {work} people."),
            Step("buses", "people / seats", "They need {work} buses."),
        ),
        {"place": ("museum", "castle", "harbor", "zoo")},
    ),
    Template(
        "visitors",
        "A {place} had {monday} visitors on Monday. On Tuesday it had {rate}% more than on Monday, and on Wednesday "
        "{fewer} fewer than on Tuesday. How many visitors did it have on the three days together?",
        {"monday": range(60, 400, 20), "rate": (10, 15, 20, 25, 30, 50), "fewer": range(11, 50)},
        (
            Step("more", "monday * rate / 100", "On Tuesday there were {work} more visitors than on Monday."),
            Step("tuesday", "monday + more", "On Tuesday there were {work} visitors."),
            Step("wednesday", "tuesday - fewer", "On Wednesday there were {work} visitors."),
            Step("all", "monday + tuesday + wednesday", "Altogether there were {work} visitors."),
        ),
        {"place": ("gallery", "swimming pool", "public garden", "planetarium")},
    ),
    Template(
        "machines",
        "A workshop has {machines} machines that make {each} {thing} per hour each. One day they ran for {hours} "
        "hours, but one of them stood still for {still} of these hours. How many {thing} did they make that day?",
        {"machines": range(3, 9), "each": range(10, 60, 2), "hours": (7, 8, 9, 10, 12), "still": (2, 3, 4, 5)},
        (
            Step("full", "machines * each * hours", "Without a stop they would make {work} {thing}."),
            Step("lost", "each * still", "The machine that stood still did not make {work} {thing}."),
            Step("made", "full - lost", "So they made {work} {thing}."),
        ),
        {"thing": ("buttons", "bottles", "toy cars", "candles")},
    ),
    Template(
        "cinema",
        "A {place} has {rows} rows of {seats} seats. Tonight {free} seats are empty. How many seats are taken?",
        {"rows": range(8, 31), "seats": range(12, 36), "free": range(13, 120)},
        (
            Step("all", "rows * seats", "There are {work} seats."),
            Step("taken", "all - free", "So {work} seats are taken."),
        ),
        {"place": ("cinema", "theater", "concert hall", "lecture room")},
    ),
    Template(
        "times",
        "{who} has {mine} {thing}. {other} has {times} times as many. How many {thing} do the two have together?",
        {"mine": range(13, 90), "times": range(3, 9)},
        (
            Step("others", "mine * times", "{other} has {work} {thing}."),
            Step("both", "mine + others", "Together they have {work} {thing}."),
        ),
        {"thing": ("stamps", "coins", "cards", "beads", "badges")},
    ),
    Template(
        "thirds",
        "{who} had {all} {thing}. {He} gave a third of them to {other} and lost {lost} of the rest. How many {thing} "
        "does {he} have now?",
        {"all": range(36, 240, 3), "lost": range(3, 25)},
        (
            Step("given", "all / 3", "{who} gave away {work} {thing}."),
            Step("left", "all - given - lost", "Now {he} has {work} {thing}."),
        ),
        {"thing": ("walnuts", "pencils", "balloons", "crayons")},
    ),
    Template(
        "fifths",
        "The {place} of {who} has {all} members. Two fifths of them are {sort}. Of the others, {rate}% wear glasses. "
        "How many of the others wear no glasses?",
        {"all": range(50, 400, 5), "rate": (10, 20, 25, 40)},
        (
            Step("part", "all * 2 / 5", "Of the members, {work} are {sort}."),
            Step("others", "all - part", "There are {work} others."),
            Step("glasses", "others * rate / 100", "Of the others, {work} wear glasses."),
            Step("none", "others - glasses", "So {work} wear none."),
        ),
        {"place": ("choir", "chess club", "sports club"), "sort": ("children", "students")},
    ),
    Template(
        "exercises",
        "{who} has already solved {done} of the {all} {thing} in a workbook. From now on {he} solves {each} {thing} a "
        "day. How many days does {he} need for the rest?",
        {"done": range(11, 60), "all": range(80, 300, 5), "each": range(4, 16)},
        (
            Step("left", "all - done", "There are {work} {thing} left."),
            Step("days", "left / each", "They take {work} days."),
        ),
        {"thing": ("exercises", "puzzles", "riddles")},
    ),
    Template(
        "average",
        "In four games {who} wants to score {goal} points per game on average. In the first three games {he} scores "
        "{one}, {two} and {three} points. How many points must {he} score in the fourth game?",
        {"goal": range(16, 28), "one": range(12, 30), "two": range(12, 30), "three": range(12, 30)},
        (
            Step("needed", "goal * 4", "{who} needs {work} points in four games."),
            Step("scored", "one + two + three", "{He} has scored {work} points."),
            Step("fourth", "needed - scored", "In the fourth game {he} must score {work} points."),
        ),
    ),
    Template(
        "age_then",
        "{who} is {times} times as old as {other}. In {years} years {other} will be {then} years old. How old will "
        "{who} be in {years} years?",
        {"times": (3, 4, 5), "years": range(3, 13), "then": range(9, 20)},
        (
            Step("young", "then - years", "{other} is now {work} years old."),
            Step("now", "young * times", "{who} is now {work} years old."),
            Step("old", "now + years", "In {years} years {who} will be {work} years old."),
        ),
    ),
    Template(
        "age_sum",
        "{who} is {age} years old. {other} is {younger} years younger than {who}, and {third} is twice as old as "
        "{other}. How old are the three together?",
        {"age": range(14, 45), "younger": range(3, 12)},
        (
            Step("second", "age - younger", "{other} is {work} years old."),
            Step("last", "second * 2", "{third} is {work} years old."),
            Step("sum", "age + second + last", "Together they are {work} years old."),
        ),
    ),
)
