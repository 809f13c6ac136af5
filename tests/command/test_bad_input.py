"""What a user gets wrong is answered in a sentence, with exit code 2, and nothing is written."""

import pytest

from soleus.cli import main

CASES = {
    "unknown command": (["trian"], "unknown command 'trian'; the commands are train, evaluate"),
    "unknown task": (["train", "swim2017"], "unknown task 'swim2017'; known tasks are "),
    "a body for a task": (
        ["train", "leg.osim"],
        "leg.osim is a body and no task; `soleus verify leg.osim` says",
    ),
    "unknown recipe": (["train", "run2017", "--recipe", "magic"], "unknown recipe 'magic'; known recipes are"),
    "unknown learner": (
        ["train", "run2017", "--learner", "ppo2"],
        "unknown learner 'ppo2'; known learners are categorical_sac, cma_es, ddpg, es",
    ),
    "unknown variant": (
        ["train", "--recipe", "demo", "--variant", "kangaroo"],
        "unknown variant 'kangaroo'; this recipe",
    ),
    "nothing to bring back": (["train", "--recipe", "demo", "--as-published"], "corrects no defect of published code"),
    "unknown recipe to see": (["recipes", "winner"], "unknown recipe 'winner'; known recipes are bliznashki2019, demo"),
    "setting of another learner": (["train", "run2017", "--learner", "ppo", "--learner.tau", "0.1"], "--learner.tau"),
    "overlap with a learner that takes turns": (
        ["train", "run2017", "--learner", "ppo", "--sampler.sharing", "overlap"],
        "ppo learns only from what its present policy did; leave out --sampler.sharing overlap",
    ),
    "unknown engine": (["train", "run2017", "--engine=bullet"], "unknown engine 'bullet'; known engines are fast"),
    "worlds on opensim": (
        ["train", "--engine", "opensim", "--sampler.worlds", "8"],
        "opensim holds one world in a process",
    ),
    "threads on opensim": (["train", "--engine", "opensim", "--sampler.kind", "thread"], "take kind 'process'"),
    "setting of another engine": (
        ["train", "--engine", "opensim", "--engine.precision", "float32"],
        "--engine.precision",
    ),
    "near miss of a setting": (
        ["train", "--learner.tua", "0.1"],
        "--learner.tua is no setting (did you mean --learner.tau?); under --learner. there are actor-hidden, ",
    ),
    "nothing like a setting": (
        ["train", "--learner.exploration.xyz", "3"],
        "--learner.exploration.xyz is no setting; under --learner.exploration. there are noise, correlation-s",
    ),
    "a group that is not there": (["train", "--body.mass", "3"], "--body.mass is no setting; under -- there are task,"),
    "a task after flags": (["train", "--recipe", "ghelfi2018", "walk2019"], "the task comes before any flag"),
    "terms that nobody pays": (
        ["train", "--recipe", "bliznashki2019", "--variant", "auxiliary", "--training.reward.pitch", "0"],
        "--learner.terms.names has pitch, and what is paid is task, height, roll",
    ),
    "a variant that another learner takes away": (
        ["train", "--recipe", "bliznashki2019", "--variant", "feudal", "--learner", "td3"],
        "--variant feudal is the learner feudal, which --learner would take away",
    ),
    "a task beside a run to go on with": (
        ["train", "walk2019", "--resume", "runs/x"],
        "leave out walk2019, or start a",
    ),
    "worlds twice": (["train", "--worlds", "5", "--sampler.worlds", "7"], "are the same; give one of them"),
    "a weight of a loss that there is not": (
        ["train", "--symmetry-weight", "20"],
        "--symmetry-weight changes nothing without --symmetry loss; give that too, or leave it out",
    ),
    "a speed that nobody pays": (["train", "--training.speed=3"], "changes nothing without --training.reward.speed"),
    "starts that do not fade": (
        ["train", "--training.starts.fade-to", "9"],
        "nothing without --training.starts.random",
    ),
    "own starts that nobody takes": (["train", "--training.starts.own_speed", "1"], "without --training.starts.own;"),
    "wandering that there is not": (
        ["train", "--recipe", "qin2017", "--learner.exploration.correlation-s", "3"],
        "changes nothing without --learner.exploration.noise ornstein_uhlenbeck",
    ),
    "directions that nobody goes": (
        ["train", "--recipe", "qin2017", "--learner.exploration.n-direction", "8"],
        "changes nothing without --learner.exploration.noise parameter",
    ),
    "threads that are one": (
        ["train", "--sampler.workers", "8"],
        "--sampler.workers changes nothing without",
    ),
    "processes that no machine holds": (
        ["train", "--sampler.kind", "process", "--sampler.workers", "1000000"],
        "1000000 workers asked for; ",
    ),
    "worlds that no machine holds": (
        ["train", "--sampler.worlds", "100000000"],
        "worlds is 100000000; it must be at most 65536",
    ),
    "a temperature that stays": (
        ["train", "--recipe", "bliznashki2019", "--variant=fixed-temperature", "--learner.temperature-learning-rate=1"],
        "changes nothing without --learner.temperature learned",
    ),
    "stages that would never come": (
        ["train", "--recipe", "sprinter", "--evaluate-s", "0"],
        "stages wait for evaluations, and --evaluate-s 0 makes none",
    ),
    "a variant of which nothing is left": (
        ["train", "--recipe", "bliznashki2019", "--variant", "single-leg", "--learner", "es"],
        "--variant single-leg changes nothing that es has; leave it out",
    ),
    "a variant that is another one for another learner": (
        ["train", "--recipe", "bliznashki2019", "--variant", "priors", "--learner", "ppo"],
        "--variant priors is --variant sac with ppo, which has nothing of what makes it another one; take sac, or",
    ),
    "a variant nearly by its name": (
        ["train", "--recipe", "bliznashki2019", "--variant", "singleleg"],
        "unknown variant 'singleleg' (did you mean single-leg?); its variants are",
    ),
    "a recipe nearly by its name": (
        ["train", "--recipe", "Ghelfi"],
        "unknown recipe 'Ghelfi' (did you mean ghelfi2018?)",
    ),
    "an entropy that nothing keeps to": (
        ["train", "--recipe=bliznashki2019", "--variant=fixed-temperature", "--learner.target-entropy-per-action=-0.2"],
        "changes nothing without --learner.temperature learned",
    ),
    "a manager's temperature that stays": (
        [
            *("train", "--recipe=bliznashki2019", "--variant=feudal", "--learner.manager.temperature=fixed"),
            "--learner.manager.temperature-learning-rate=0.1",
        ],
        "changes nothing without --learner.manager.temperature learned",
    ),
    "priorities of nobody": (
        ["train", "--learner.priority-exponent", "0.5"],
        "changes nothing without --learner.replay prioritised",
    ),
    "learning rates that do not fall": (
        ["train", "--learner.learning-rate-updates", "5"],
        "changes nothing without --learner.learning-rate-left below 1",
    ),
    "a cut of what is raw": (
        ["train", "--learner.observation-limit", "5", "--learner.normaliser", "none"],
        "changes nothing without --learner.normaliser running or manual",
    ),
    "weights that stay": (
        ["train", "--recipe=bliznashki2019", "--variant=auxiliary", "--learner.terms.weight-updates=10"],
        "changes nothing without --learner.terms.weights-end",
    ),
    "noise of none": (
        ["train", "--learner", "td3", "--learner.exploration.noise", "none", "--learner.exploration.std", "0.3"],
        "changes nothing without a --learner.exploration.noise other than none",
    ),
    "noise that stays": (
        ["train", "--learner", "td3", "--learner.exploration.transitions", "10"],
        "changes nothing without --learner.exploration.std-end other than its std",
    ),
    "poses that never fade": (
        ["train", "--training.starts.random", "0.5", "--training.starts.fade-from", "10"],
        "changes nothing without --training.starts.fade-to",
    ),
    "predictors that a recipe asked for": (
        ["train", "--recipe", "bliznashki2019", "--variant", "disagreement", "--disagreement.weight", "0"],
        "what a recipe has set goes back with `--predictor.fields",
    ),
    "a variance that nobody is paid for": (
        ["train", "--disagreement.variance", "joint", "--acting.choose", "best"],
        "--disagreement.variance: nobody is paid for disagreement",
    ),
    "a reward of no size": (
        ["train", "--training.reward-scale", "nan"],
        "reward_scale is nan; it must be positive",
    ),
    "a stage that pays for what is not seen": (
        ["train", "--recipe", "ghelfi2018", "--stages", "n_env_steps >= 100: training.reward.yaw=1"],
        "stage 'n_env_steps >= 100: training.reward.yaw=1': training reward yaw",
    ),
    "a variant to see": (["recipes", "sprinter", "--variant", "nosuch"], "unknown variant 'nosuch'"),
    "a replay that no machine holds": (
        ["train", "Pendulum-v1", "--learner.replay-capacity", "1000000000000"],
        "a replay of 1,000,000,000,000 transitions needs",
    ),
    "a judgement that could not be written": (
        ["evaluate", "constant", "--engine", "fast", "--seeds", "1", "--out", "."],
        "cannot write .: it is a folder",
    ),
    "a film at a strange rate": (
        ["video", "random", "--engine", "fast", "--frames-per-second", "7", "--out", "new/x.mp4"],
        "7 frames a second; allowed are the divisors of 100",
    ),
    "a demo in a folder that is taken": (["demo", "--out", "/"], "/ exists and is not empty"),
    "goals that the worker cannot see": (
        ["train", "walk2019", "--learner", "feudal", "--learner.goals", "*target*"],
        "hidden from the worker; hide less, or take others",
    ),
    "minutes that never end": (["train", "--minutes", "nan"], "minutes is nan; it must be positive"),
    "checkpoints that never come": (["train", "--checkpoint-s", "nan"], "checkpoint_s is nan; it must be at least 1"),
    "no time for a step": (["train", "--sampler.step-timeout-s", "-1"], "step_timeout_s is -1.0; it must be positive"),
    "a demo that judges nothing": (["demo", "--seeds", "0"], "seeds is 0; it must be at least 1"),
    "more episodes than seeds": (
        ["evaluate", "constant", "--seeds", "99999999999"],
        "99999999999 episodes from seed 0",
    ),
    "a variant of no recipe": (["recipes", "--variant", "final"], "--variant final is of a recipe; name it first"),
    "rules of no task": (["tasks", "--task.difficulty", "0"], "--task.difficulty is about one task; name it first"),
    "a seed below zero to verify": (["verify", "gait9dof18musc", "--seed", "-1"], "--seed is -1; it must not be"),
    "a folder for a record": (
        ["verify", "gait9dof18musc", "--json", "."],
        "--json is ., which is a folder; name a file",
    ),
    "a seed below zero to film": (["video", "constant", "--seed", "-1"], "--seed is -1; seeds lie from 0 to"),
    "setting of a learner from replay": (
        ["train", "--learner", "ddpg", "--learner.temperature", "fixed"],
        "--learner.temperature is a setting of sac",
    ),
    "setting of no learner that is named": (
        ["train", "--learner.target-noise-limit=0.2"],
        "--learner.target-noise-limit is a setting of td3, and sac has none of that name; leave it out, or take",
    ),
    "members that nobody is": (
        ["train", "--learner.ensemble.explore", "vote"],
        "ensemble explore is vote, but there is one member; give n_member 2 or more, or leave it",
    ),
    "terms of a learner with one value": (
        ["train", "--learner", "td3", "--learner.terms.names", "alive"],
        "only the critics of sac have a value for each term of the reward; take --learner sac",
    ),
    "unknown normaliser": (["train", "--learner.normaliser", "batch"], "invalid choice 'batch'"),
    "unknown activation": (["train", "--learner.actor-activation", "swish"], "invalid choice 'swish'"),
    "a number for each quantity": (
        [
            "train",
            *("--learner.normaliser", "manual", "--learner.manual-offset", "0", "--learner.manual-deviation", "1"),
        ],
        "have 1 numbers, and a policy observes 59: pelvis_tilt, pelvis_tx",
    ),
    "batch larger than the replay": (
        ["train", "--learner.batch-size", "65", "--learner.replay-capacity", "64"],
        "batch_size is 65 and replay_capacity 64",
    ),
    "gradients cut to nothing": (["train", "--learner.gradient-limit", "0"], "gradient_limit is 0.0; it must be"),
    "rates that rise": (["train", "--learner.learning-rate-left", "2"], "learning_rate_left is 2.0; it must be in"),
    "a schedule without time": (
        ["train", "--learner.learning-rate-updates", "0"],
        "learning_rate_updates is 0; it",
    ),
    "updates without end": (
        ["train", "--learner.updates-per-transition", "inf"],
        "transition is inf; it must be finite",
    ),
    "no step at all": (["train", "--learner.n-step", "0"], "n_step is 0; it must be at least 1"),
    "no horizon": (["train", "--learner.discount", "1"], "discount is 1.0; it must be in [0, 1)"),
    "unknown judge": (["evaluate", "constant", "--engine", "bullet"], "unknown engine 'bullet'"),
    "mirror of a prosthesis": (
        ["train", "prosthetics2018", "--symmetry", "data"],
        "prosthetics2018 has no mirror: gastroc_l has no partner gastroc_r; train with --symmetry none",
    ),
    "muscles that jump, learnt through their actions": (
        ["train", "--learner.distribution", "bernoulli"],
        "distribution is bernoulli, whose actions jump from -1 to 1",
    ),
    "a flow whose old densities nobody knows": (
        ["train", "--learner", "ppo", "--learner.distribution", "flow"],
        "this learner must know how likely actions of old were",
    ),
    "a flow with two sides": (
        ["train", "--learner.distribution", "flow", "--symmetry", "single_leg"],
        "symmetry single_leg is one of networks, and actions of distribution flow hang on each other",
    ),
    "flag of an older version": (["train", "run2017", "--no-mirror"], "--no-mirror is called --symmetry none now"),
    "the same of a learner, whose name another learner has": (
        ["train", "run2017", "--learner.activation", "relu"],
        "--learner.activation is called --learner.actor-activation and --learner.critic-activation now",
    ),
    "training term of an older version": (
        ["train", "run2017", "--training.foot_swing=0.5"],
        "--training.foot-swing is called --training.reward.foot-swing now",
    ),
    "starts of an older version": (
        ["train", "run2017", "--training.stride-starts", "0.5"],
        "--training.stride-starts is called --training.starts.stride now",
    ),
    "term of another task": (
        ["train", "run2017", "--training.reward.yaw", "1"],
        "training reward yaw reads a field of target velocities, which run2017 does not have under these rules",
    ),
    "shares of more than everything": (
        ["train", "run2017", "--training.starts.stride", "0.7", "--training.starts.own", "0.7"],
        "training starts are stride 0.7, random 0, own 0.7; shares of the same episodes, they add up to 1 at most",
    ),
    "stage of a setting that is not there": (
        ["train", "run2017", "--stages", "n_env_steps >= 10: task.dificulty=1"],
        "stage 'n_env_steps >= 10: task.dificulty=1': there is no setting task.dificulty to change; there are task.dif",
    ),
    "run to start from that is not there": (
        ["train", "run2017", "--start-from", "runs/nowhere"],
        "there is no run folder runs/nowhere; `soleus train` makes one",
    ),
    "half of the name of a policy": (
        ["evaluate", "sprintr"],
        "there is no run folder sprintr (did you mean sprinter?); `soleus train` makes one, and sprinter and sprinter-",
    ),
    "policy that observes more": (
        ["train", "--recipe", "sprinter", "--variant", "polish", "--start-from", "sprinter-final"],
        "this run changes observation names: it lacks toes_l to obstacle, otherwise than sprinter-final; start from",
    ),
    "variant of no recipe": (
        ["train", "run2017", "--variant", "flip"],
        "--variant flip is of a recipe, and none is named; give --recipe ghelfi2018",
    ),
    "flag in place of a value": (["train", "--recipe", "--steps", "1"], "Missing value for argument '--recipe'"),
    "legs that are one": (
        ["train", "run2017", "--symmetry", "single_leg", "--control.legs", "tied"],
        "symmetry single_leg has one network for one leg, and tied legs have no other one; take --control.legs free",
    ),
    "recipe in the plane that pays for space": (
        ["train", "--recipe", "bliznashki2019", "--task.planar"],
        "does not have under these rules; leave it out (--training.reward.roll 0 where a recipe pays it)",
    ),
    "unknown symmetry": (["train", "run2017", "--symmetry", "mirror"], "invalid choice 'mirror'"),
    "half a pair": (
        ["train", "run2017", "--learner", "es", "--learner.population", "7"],
        "population is 7; mirrored pairs need an even number, 2 or more",
    ),
    "nobody to try": (["train", "--learner", "cma_es", "--learner.population", "0"], "population is 0; it must be at"),
    "no deviation": (["train", "--learner", "es", "--learner.sigma", "0"], "sigma is 0.0; it must be positive"),
    "more parameters than a full covariance is for": (
        ["train", "--learner", "cma_es", "--learner.covariance", "full"],
        "covariance is full, but the policy has 1,080 parameters and 1,000 is the most for that; take covariance",
    ),
    "generations while others are played": (
        ["train", "--learner", "es", "--sampler.sharing", "overlap"],
        "es learns only from what its present policy did; leave out --sampler.sharing overlap",
    ),
    "mirror of returns": (
        ["train", "--learner", "es", "--symmetry", "data"],
        "es learns from returns of whole episodes, to which a mirror image adds nothing; train with --symmetry none",
    ),
    "unknown flag": (["train", "run2017", "--setps", "3"], "--setps"),
    "no number": (["train", "run2017", "--steps", "many"], "many"),
    "steps below one": (["train", "run2017", "--steps", "0"], "steps is 0; it must be at least 1"),
    "unknown rules": (["evaluate", "constant", "--task.difficulty", "7"], "difficulty"),
    "missing run": (["evaluate", "runs/nowhere"], "there is no run folder runs/nowhere; `soleus train` makes one"),
    "missing run to resume": (["train", "--resume", "runs/nowhere"], "there is no run folder runs/nowhere"),
    "missing run to plot": (["plot", "runs/nowhere"], "there is no run folder runs/nowhere"),
    "unknown task to judge in": (["evaluate", "constant", "--task", "swim2017"], "unknown task 'swim2017'"),
    "missing ONNX file": (["evaluate", "nowhere.onnx"], "nowhere.onnx cannot be read: No such file or directory"),
    "missing module": (["evaluate", "nowhere:act"], "the module nowhere cannot be imported"),
    "module that a terminal would draw": (["evaluate", "nowhere:runner:"], "there is no run folder nowhere:runner:"),
    "missing function": (["evaluate", "json:act"], "json:act: there is no act in json"),
    "missing run to export": (["export", "runs/nowhere"], "there is no run folder runs/nowhere"),
    "unofficial rules": (
        ["evaluate", "constant", "--official", "--task.difficulty", "1", "--seeds", "3"],
        "--task.difficulty is 1, graded with 2; --seeds is 3, graded with 10; more are allowed",
    ),
    "unofficial switch": (
        ["evaluate", "constant", "--official", "--task.no-clip-excitation"],
        "--task.clip-excitation is False, graded with True",
    ),
    "unofficial engine": (["evaluate", "constant", "--official", "--engine", "fast"], "--engine is fast, graded with"),
    "unofficial accuracy": (
        ["evaluate", "constant", "--official", "--engine.accuracy", "1e-4"],
        "--engine.accuracy is 0.0001, graded with 0.001",
    ),
    "no episode": (["evaluate", "constant", "--seeds", "0"], "at least one episode"),
    "frame rate": (["video", "constant", "--frames-per-second", "33"], "allowed are the divisors of 100"),
    "task to describe": (["tasks", "swim2017"], "unknown task 'swim2017'"),
}


@pytest.mark.parametrize(("arguments", "sentence"), CASES.values(), ids=CASES.keys())
def test_bad_input_is_explained(arguments, sentence, check_refused):
    check_refused(arguments, sentence)


@pytest.mark.opensim
def test_no_more_judges_are_started_than_a_machine_holds(check_refused):
    given = ["evaluate", "constant", "--engine", "opensim", "--seeds", "1000000", "--workers", "1000000"]
    check_refused(given, "1000000 workers asked for; ")


def test_a_folder_in_use_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SystemExit) as exit_:
        main(["train", "run2017", "--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert "exists and is not empty" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "command", ["train", "evaluate", "video", "export", "plot", "demo", "tasks", "doctor", "bench"]
)
def test_every_command_explains_itself_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    assert f"soleus {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["evaluate", "video", "export", "plot", "verify"])
def test_a_command_says_what_it_needs(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([command])
    said = " ".join(capsys.readouterr().err.split())
    assert exit_.value.code == 2
    assert "Required options" in said or "no run folder given" in said


def test_without_a_command_the_commands_are_listed(capsys):
    main([])
    assert "soleus train TASK" in capsys.readouterr().out


def test_tasks_lists_every_quantity(capsys):
    main(["tasks", "run2017"])
    told = capsys.readouterr().out
    assert all(name in told for name in ("pelvis_ty", "talus_r x", "obstacle radius", "soleus_l"))
