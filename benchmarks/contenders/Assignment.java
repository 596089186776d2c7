// The instance for Timefold, as its guide teaches: leads as planning entities with a value range of their own, reps as
// problem facts, and one constraint per row. Reads a binary file, prints a line per better plan and the last plan.

import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.solution.ProblemFactCollectionProperty;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import ai.timefold.solver.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;
import ai.timefold.solver.core.api.score.stream.Joiners;
import ai.timefold.solver.core.api.solver.Solver;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.EnvironmentMode;
import ai.timefold.solver.core.config.solver.SolverConfig;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.LoggerFactory;

public final class Assignment {

    /** Whether each block of rows is hard, and else the soft points per unit outside. */
    static boolean[] hard;
    static long[] rate;

    public static final class Rep {
        @PlanningId
        public int id;
        public long[] lower;
        public long[] upper;

        long outside(int block, long load) {
            return Math.max(0, Math.max(load - upper[block], lower[block] - load));
        }
    }

    @PlanningEntity
    public static class Lead {
        @PlanningId
        public int id;
        public boolean required;
        public int[] ids;
        public long[] points;
        public long[][] amounts;

        @ValueRangeProvider
        public List<Rep> reps;

        @PlanningVariable(allowsUnassigned = true)
        public Rep rep;

        public Rep getRep() {
            return rep;
        }

        int place() {
            return Arrays.binarySearch(ids, rep.id);
        }

        long gain() {
            return points[place()];
        }

        long amount(int block) {
            return amounts[block][place()];
        }
    }

    @PlanningSolution
    public static class Plan {
        @ProblemFactCollectionProperty
        public List<Rep> reps;

        @PlanningEntityCollectionProperty
        public List<Lead> leads;

        @PlanningScore
        public HardSoftLongScore score;
    }

    public static final class Rules implements ConstraintProvider {
        @Override
        public Constraint[] defineConstraints(ConstraintFactory factory) {
            List<Constraint> rules = new ArrayList<>();
            rules.add(factory.forEach(Lead.class).impactLong(HardSoftLongScore.ONE_SOFT, Lead::gain).asConstraint("points"));
            rules.add(factory.forEachIncludingUnassigned(Lead.class)
                    .filter(lead -> lead.required && lead.rep == null)
                    .penalizeLong(HardSoftLongScore.ONE_HARD, lead -> 1L)
                    .asConstraint("required"));
            for (int k = 0; k < hard.length; k++) {
                int block = k;
                HardSoftLongScore unit = hard[k] ? HardSoftLongScore.ONE_HARD : HardSoftLongScore.ONE_SOFT;
                long weight = hard[k] ? 1L : rate[k];
                rules.add(factory.forEach(Lead.class)
                        .groupBy(Lead::getRep, ConstraintCollectors.sumLong((Lead lead) -> lead.amount(block)))
                        .filter((rep, load) -> rep.outside(block, load) > 0)
                        .penalizeLong(unit, (rep, load) -> weight * rep.outside(block, load))
                        .asConstraint("load " + k));
                rules.add(factory.forEach(Rep.class)
                        .filter(rep -> rep.lower[block] > 0)
                        .ifNotExists(Lead.class, Joiners.equal(rep -> rep, Lead::getRep))
                        .penalizeLong(unit, rep -> weight * rep.lower[block])
                        .asConstraint("nothing " + k));
            }
            return rules.toArray(new Constraint[0]);
        }
    }

    /** Arguments: the file, the milliseconds to spend from the start of this process, and the seed. */
    public static void main(String[] arguments) throws IOException {
        long deadline = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli()
                + Long.parseLong(arguments[1]);
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF); // it would log every step
        Plan plan = read(Path.of(arguments[0]));
        SolverConfig config = new SolverConfig()
                .withEnvironmentMode(EnvironmentMode.NO_ASSERT)
                .withRandomSeed(Long.parseLong(arguments[2]))
                .withSolutionClass(Plan.class)
                .withEntityClasses(Lead.class)
                .withConstraintProviderClass(Rules.class)
                .withTerminationSpentLimit(Duration.ofMillis(Math.max(1, deadline - System.currentTimeMillis())));
        Solver<Plan> solver = SolverFactory.<Plan>create(config).buildSolver();
        solver.addEventListener(event -> {
            HardSoftLongScore score = (HardSoftLongScore) event.getNewBestScore();
            System.out.println("score " + score.hardScore() + " " + score.softScore());
        });
        Plan best = solver.solve(plan);
        StringBuilder line = new StringBuilder("plan");
        for (Lead lead : best.leads) {
            line.append(' ').append(lead.rep == null ? -1 : lead.rep.id);
        }
        System.out.println(line);
    }

    /** Reads what timefold.py writes: big-endian, 64 bits each. */
    private static Plan read(Path path) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 20))) {
            int leads = (int) in.readLong();
            int reps = (int) in.readLong();
            int blocks = (int) in.readLong();
            hard = new boolean[blocks];
            rate = new long[blocks];
            Plan plan = new Plan();
            plan.reps = new ArrayList<>();
            for (int j = 0; j < reps; j++) {
                Rep rep = new Rep();
                rep.id = j;
                rep.lower = new long[blocks];
                rep.upper = new long[blocks];
                plan.reps.add(rep);
            }
            for (int k = 0; k < blocks; k++) {
                rate[k] = in.readLong();
                hard[k] = rate[k] < 0;
                for (Rep rep : plan.reps) {
                    rep.lower[k] = in.readLong();
                }
                for (Rep rep : plan.reps) {
                    rep.upper[k] = in.readLong();
                }
            }
            plan.leads = new ArrayList<>();
            for (int i = 0; i < leads; i++) {
                Lead lead = new Lead();
                lead.id = i;
                lead.required = in.readLong() != 0;
                int count = (int) in.readLong();
                lead.ids = new int[count];
                lead.points = new long[count];
                lead.amounts = new long[blocks][count];
                lead.reps = new ArrayList<>();
                for (int c = 0; c < count; c++) {
                    lead.ids[c] = (int) in.readLong();
                    lead.points[c] = in.readLong();
                    for (int k = 0; k < blocks; k++) {
                        lead.amounts[k][c] = in.readLong();
                    }
                    lead.reps.add(plan.reps.get(lead.ids[c]));
                }
                plan.leads.add(lead);
            }
            return plan;
        }
    }
}
